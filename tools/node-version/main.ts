import { spawn } from "node:child_process";
import { repositoryRoot } from "../repository.js";

// Repeats the tests on the versions of Node named on the command line (22 and 24 when none is), with extra arguments for vitest after `--`.
const [versions, vitestArguments] = split(process.argv.slice(2));

for (const version of versions.length > 0 ? versions : ["22", "24"]) {
  process.stdout.write(`\nTests on Node ${version}\n`);
  const code = await testOn(version, vitestArguments);
  if (code !== 0) process.exitCode = 1;
}

function split(words: string[]): [string[], string[]] {
  const at = words.indexOf("--");
  return at < 0 ? [words, []] : [words.slice(0, at), words.slice(at + 1)];
}

async function testOn(version: string, extra: readonly string[]): Promise<number> {
  const command = ["--yes", "-p", `node@${version}`, "node", "node_modules/vitest/vitest.mjs", "run", ...extra];
  const child = spawn("npx", command, { cwd: repositoryRoot(), stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code ?? 1));
  });
}
