import { parseArgs } from "node:util";
import { frameworks } from "./framework.js";
import { overheadRun } from "./overhead-run.js";

/** `npm run suite-overhead`: what a suite of many short files costs over the framework's own time. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { files: { type: "string", default: "1000" }, runs: { type: "string", default: "3" } },
});
const ratioMax = 1.15;
const options = { files: Number(values.files), runs: Number(values.runs) };
for (const framework of frameworks) {
  const { name, how } = framework;
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  if (!framework.isThere()) {
    process.stdout.write(`${name.padEnd(8)}is not installed here\n`);
    continue;
  }
  const { ownMs, capstanMs, ratio } = await overheadRun(framework, options);
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`.padStart(9);
  const times = `own${seconds(ownMs)}  capstan${seconds(capstanMs)}  ${ratio.toFixed(3)} ×`;
  process.stdout.write(`${name.padEnd(8)}${times}  at most ${ratioMax}  (own: ${how})\n`);
  if (ratio > ratioMax) process.exitCode = 1;
}
