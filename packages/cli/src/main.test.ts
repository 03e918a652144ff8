import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { verbs } from "./command/registry.js";
import { hoist } from "./hoist.js";
import { styleFor } from "./io/style.js";
import { call } from "./main.test.support.js";

/** Nothing listens there: it is the port for discarding. */
const nowhere = { CAPSTAN_URL: "http://127.0.0.1:9" };

describe("usage", () => {
  test("the version and the help go to stdout and are good", async () => {
    expect(await call(["--version"])).toMatchObject({ code: 0, stdout: "0.1.0\n", stderr: "" });
    const help = await call(["--help"]);
    expect(help.code).toBe(0);
    for (const { name, summary } of verbs)
      expect(help.stdout).toMatch(new RegExp(`\\n {2}${name} .*${summary.split(" ")[0]}`));
    expect(help.stdout).toContain("3 engine unreachable");
  });

  test.each(verbs.map(({ name }) => name))("%s has a help with examples and exit codes", async (name) => {
    for (const argv of [
      [name, "--help"],
      ["help", name],
    ]) {
      const { code, stdout, stderr } = await call(argv);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toContain(`Usage: capstan ${name}`);
      expect(stdout).toMatch(new RegExp(`Examples:\\n {2}# .+\\n {2}\\$ capstan ${name}`));
      expect(stdout).toMatch(/Exit codes: .*signal\n/);
    }
  });

  test("no verb is answered with the help on stderr", async () => {
    const { code, stdout, stderr } = await call([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("Usage: capstan");
  });

  test.each([
    [["lunch"], "unknown command 'lunch' (Did you mean launch?)"],
    [["run", "--timout", "5s"], "unknown option '--timout' (Did you mean --timeout?)"],
    [["wait"], "missing required argument 'id'"],
    [["tasks", "--limit"], "option '-n, --limit <count>' argument missing"],
  ])("%j is refused with a hint", async (argv, message) => {
    const { code, stdout, stderr } = await call(argv);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(
      `error: ${message}\n  \`capstan --help\` lists the verbs, \`capstan VERB --help\` shows what one takes\n`,
    );
    const problem = JSON.parse((await call([...argv, "--json"])).stderr) as unknown;
    if (!argv.includes("--limit")) expect(problem).toMatchObject({ code: "usage", detail: message });
  });
});

describe("errors", () => {
  test("an engine that is not there is exit code 3, with the remedy", async () => {
    const { code, stderr, stdout } = await call(["tasks"], { env: nowhere });
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    expect(stderr).toMatch(
      /^error: the engine at http:\/\/127\.0\.0\.1:9 cannot be reached: .*\n {2}Check the address .*`capstan up` starts one\n$/,
    );
    const json = await call(["tasks", "--json"], { env: nowhere });
    expect(JSON.parse(json.stderr)).toMatchObject({ code: "unreachable", status: 503, retryable: true });
  });

  test.each([
    [["--url", "ftp://x", "status"], {}, "is no address of an engine"],
    [["wait", "task_nope"], nowhere, "is no task id"],
    [["status", "--token-file", "/none"], nowhere, "the token cannot be read from /none: there is no such file"],
    [["events"], nowhere, "say -f to follow"],
  ])("%j is exit code 2", async (argv, env, message) => {
    const { code, stderr } = await call(argv, { env: { ...env } });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) as string });
  });
});

test("url, token and namespace come from options, then the environment", async () => {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.headers.authorization} ${request.url}`);
    response.writeHead(401, { "content-type": "application/problem+json" });
    response.end(JSON.stringify({ code: "unauthorized", detail: "no", status: 401 }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const env = { CAPSTAN_URL: url, CAPSTAN_TOKEN: "t1", CAPSTAN_NAMESPACE: "n1" };
  expect((await call(["status"], { env })).code).toBe(1);
  await call(["status", "--token", "t2", "--namespace=n2"], { env });
  await call(["--url", url, "status"]);
  server.close();
  expect(seen).toEqual([
    "Bearer t1 /v1/namespaces/n1/status",
    "Bearer t2 /v1/namespaces/n2/status",
    "undefined /v1/namespaces/default/status",
  ]);
});

test("global options are hoisted, but never out of a command after --", () => {
  const argv = ["run", "--url", "u", "--each", "a", "--json", "--", "x", "--json", "--url", "v"];
  expect(hoist(argv)).toEqual({
    argv: ["--url", "u", "--json", "run", "--each", "a", "--", "x", "--json", "--url", "v"],
    verb: "run",
    isJson: true,
  });
  expect(hoist(["run", "--", "x", "--json"])).toMatchObject({ isJson: false });
  expect(hoist(["help", "deploy"])).toMatchObject({ verb: "deploy" });
});

test("colours go to terminals, unless NO_COLOR; FORCE_COLOR has its way", () => {
  const has = (isTTY: boolean, env: Record<string, string>): boolean => styleFor({ isTTY }, env).isColorSupported;
  expect(has(true, {})).toBe(true);
  expect(has(false, {})).toBe(false);
  expect(has(true, { NO_COLOR: "1" })).toBe(false);
  expect(has(true, { NO_COLOR: "" })).toBe(true);
  expect(has(true, { TERM: "dumb" })).toBe(false);
  expect(has(false, { FORCE_COLOR: "1" })).toBe(true);
  expect(has(true, { FORCE_COLOR: "0" })).toBe(false);
  expect(has(true, { NO_COLOR: "1", FORCE_COLOR: "1" })).toBe(false);
});

test("the start loads nothing but commander, colours and itself: all else waits until it is needed", () => {
  const seen = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const [, specifier] of readFileSync(file, "utf8").matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)";/gm)) {
      if (specifier!.startsWith(".")) visit(resolve(dirname(file), specifier!));
      else packages.add(specifier!);
    }
  };
  visit(fileURLToPath(new URL("./main.js", import.meta.url)));
  expect([...packages].filter((name) => !name.startsWith("node:")).toSorted()).toEqual(["commander", "picocolors"]);
  expect(seen.size).toBeLessThan(12);
});
