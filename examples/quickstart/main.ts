import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { runQuickstart } from "./run-quickstart.js";

const { values } = parseArgs({ options: { files: { type: "string", default: "28" } } });
const root = fileURLToPath(new URL("../../../", import.meta.url)).replace(/[/\\]$/, "");
// Whoever reads no more, such as `head`, ends nothing.
process.stdout.on("error", () => {});
// What an interrupted quickstart still waits for is not waited for.
process.exit(await runQuickstart({ root, filesMax: Number(values.files), out: process.stdout }));
