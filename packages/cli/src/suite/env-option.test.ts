import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";
import { readEnv } from "./env-option.js";

const bed = useBed();

test("variables are read up to their first equals sign, and the last of a name counts", () => {
  expect(readEnv({ env: ["A=1", "B=", "C=x=y", "A=2"] })).toEqual({ A: "2", B: "", C: "x=y" });
  expect(readEnv({})).toBeUndefined();
});

test.each([
  ["no value", ["A"], '--env is "A": write NAME=VALUE'],
  ["no name", ["=1"], '--env is "=1": write NAME=VALUE'],
  ["an option of env for a name", ["-u=X"], "--env -u is no name of a variable"],
  ["a digit first", ["A=1", "1A=1"], "--env 1A is no name of a variable"],
  ["a name of the worker's own", ["CAPSTAN_GROUP=x"], "--env CAPSTAN_GROUP: what begins with CAPSTAN_"],
  ["a NUL", ["A=\0"], "--env A has a NUL"],
  ["too much", [`A=${"x".repeat(4_000)}`], "--env A has more than 4000 characters"],
  ["too many", Array.from({ length: 101 }, (_, at) => `A${at}=1`), "--env is given 101 times"],
])("variables with %s are refused", (_, env, message) => {
  expect(() => readEnv({ env })).toThrow(message);
});

test("reach the files of a suite and its hooks, typed or from the configuration", async () => {
  const text = `import os, shop
def test_env():
    assert (shop.price, os.environ["MODE"], os.environ["HOOK"]) == (3, "a b=c", "a b=c")
`;
  const root = await bed.tree("with-env", { "src/shop.py": "price = 3\n", "test_env.py": text });
  const hook = 'echo "HOOK=$MODE" > "$CAPSTAN_ENV"';
  const argv = ["test", "--local", "--adapter", "pytest", "--before-all", hook];
  const typed = await bed.call([...argv, "-e", `PYTHONPATH=${root}/src`, "-e", "MODE=a b=c"], { cwd: root });
  expect(typed).toMatchObject({ code: 0 });
  const config = { test: { env: { PYTHONPATH: `${root}/src`, MODE: "a b=c" } } };
  await writeFile(join(root, "capstan.config.json"), JSON.stringify(config));
  expect(await bed.call(argv, { cwd: root })).toMatchObject({ code: 0 });
  expect(await bed.call([...argv, "-e", "MODE=other"], { cwd: root })).toMatchObject({ code: 1 });
}, 120_000);
