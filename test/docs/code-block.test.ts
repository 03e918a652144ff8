import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../", import.meta.url));
const pages = ["README.md", "docs/testing.md"];

/** What the examples of the pages import. */
const mail = `import { definePlugin, defineTask } from "capstan";
export const mail = definePlugin({
  name: "mail",
  tasks: { remind: defineTask({ run: ({ to }: { to: string }) => ({ sent: to !== "" }) }) },
});
`;

function codeBlocks(text: string): string[] {
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]!);
}

/** Files that are seen as part of the repository, so that its packages are found. */
async function withFiles(files: Readonly<Record<string, string>>, use: (folder: string) => Promise<void>) {
  const folder = await mkdtemp(join(root, "node_modules", ".code-block-"));
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

test("the examples of the pages compile, and those that are tests pass", { timeout: 60_000 }, async () => {
  const files: Record<string, string> = { "mail.ts": mail, "package.json": `{ "type": "module" }` };
  for (const page of pages) {
    const blocks = codeBlocks(await readFile(join(root, page), "utf8"));
    expect(blocks.length, page).toBeGreaterThan(0);
    const name = page.replaceAll(/\W/g, "-");
    for (const [at, block] of blocks.entries()) {
      const isTest = block.includes('from "vitest"');
      files[`${name}-${at}${isTest ? ".test" : ""}.ts`] = block;
    }
  }
  files["tsconfig.json"] = JSON.stringify({
    extends: join(root, "tsconfig.base.json"),
    compilerOptions: { types: ["node"], composite: false, outDir: "out", rootDir: "." },
    include: ["*.ts"],
  });
  files["vitest.config.js"] = `export default { test: { include: ["out/*.test.js"] } };`;
  await withFiles(files, async (folder) => {
    const node = (program: string, ...args: string[]) =>
      run(process.execPath, [join(root, "node_modules", program), ...args], { cwd: folder, timeout: 50_000 });
    const failed = (error: { stdout?: string; stderr?: string }): never =>
      expect.unreachable(`${error.stdout ?? ""}${error.stderr ?? ""}`);
    await node("typescript/bin/tsc", "-p", ".").catch(failed);
    const { stdout } = await run(process.execPath, ["out/README-md-0.js"], { cwd: folder }).catch(failed);
    expect(stdout).toBe(`{ path: 'cat-200.png' }\n`);
    await node("vitest/vitest.mjs", "run", "--root", folder, "--reporter", "json").catch(failed);
  });
});
