import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runQuickstart } from "./run-quickstart.js";

const usage = "npm run quickstart [-- --files N]: N unit-test files, 28 by default";
const filesMax = readFilesMax();
const root = fileURLToPath(new URL("../../../", import.meta.url)).replace(/[/\\]$/, "");
// Whoever reads no more, such as `head`, ends nothing.
process.stdout.on("error", () => {});
// What an interrupted quickstart still waits for is not waited for.
process.exit(await runQuickstart({ root, filesMax, out: process.stdout }));

/** A wrong argument ends it with exit code 2, before anything is started. */
function readFilesMax(): number {
  try {
    const { values } = parseArgs({ options: { files: { type: "string", default: "28" } } });
    if (/^[1-9]\d{0,5}$/.test(values.files)) return Number(values.files);
    throw new Error(`--files is "${values.files}": give a whole number from 1 on`);
  } catch (error) {
    console.error(`quickstart: ${(error as Error).message.split("\n")[0]}\n  ${usage}`);
    return process.exit(2);
  }
}
