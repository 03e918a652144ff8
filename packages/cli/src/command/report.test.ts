import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { useBed } from "../engine.test.support.js";

const bed = useBed();
const importing = `import { test } from "node:test"; import { existsSync, writeFileSync } from "node:fs";\n`;
const files = {
  "good.test.mjs": `${importing}test("holds", () => {});\n`,
  "bad.test.mjs": `${importing}console.log("</pre><b>said so");\ntest("breaks <i>", () => { throw new Error("</script>&x"); });\n`,
  "odd.test.mjs": `${importing}test("wavers", () => { if (existsSync("seen")) return; writeFileSync("seen", ""); throw new Error("first time"); });\n`,
};
let page = "";

beforeAll(async () => {
  const root = join(bed.folder, "suite");
  await mkdir(root);
  for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
  const argv = ["test", "--adapter", "node-test", "--name", "unit", "--max-trials", "2", "--html", "out/r.html"];
  expect((await bed.call(argv, { cwd: root })).code).toBe(1);
  page = await readFile(join(root, "out/r.html"), "utf8");
}, 60_000);

/** A section of the page. */
function section(id: string): string {
  return new RegExp(`<section id="${id}">[\\s\\S]*?</section>`).exec(page)?.[0] ?? "";
}

describe("the page of a report", () => {
  test("has the failures with their examples and output, escaped", () => {
    expect(section("failures")).toContain("<bdi>bad.test.mjs</bdi>");
    expect(section("failures")).toContain("<bdi>breaks &lt;i&gt;</bdi>");
    expect(section("failures")).toContain("&lt;/script&gt;&amp;x");
    expect(section("failures")).toContain("&lt;/pre&gt;&lt;b&gt;said so\n");
    expect(section("failures")).not.toContain("odd.test.mjs");
  });

  test("has what was flaky, and at what it failed before", () => {
    expect(section("flaky")).toMatch(/<bdi>odd\.test\.mjs<\/bdi>[\s\S]*<bdi>wavers<\/bdi>/);
  });

  test("has every trial on the timeline, and what took longest", () => {
    expect(section("timeline").match(/<rect\s/g)).toHaveLength(5);
    expect(section("timeline")).toMatch(/<title>\s*odd\.test\.mjs\nsucceeded, .*, trial 2/);
    expect(section("slowest").match(/<li>/g)).toHaveLength(6);
  });

  test("asks for nothing from elsewhere, and allows no script but its own", () => {
    const [, policy] = /Content-Security-Policy" content="([^"]*)"/.exec(page)!;
    expect(policy).toMatch(/^default-src &#39;none&#39;; style-src &#39;sha256-[^ ]+; script-src &#39;sha256-[^ ]+;/);
    expect(page).not.toMatch(/(src|href)="/);
  });

  test("is made of any taskset afterwards, by tasksets report --html", async () => {
    const { code, stdout } = await bed.call(["tasksets", "report", "unit", "--html"]);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^<!doctype html>/) as string });
    expect(stdout.replace(/<footer>.*<\/footer>/, "")).toBe(page.replace(/<footer>.*<\/footer>/, ""));
    expect((await bed.call(["tasksets", "report", "unit", "--html", "--junit"])).code).toBe(2);
    expect((await bed.call(["run", "--html", "run.html", "--", "true"])).code).toBe(0);
    expect(await readFile(join(bed.folder, "run.html"), "utf8")).toContain('<span class="pill succeeded">');
  });
});
