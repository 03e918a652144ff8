import { parseArgs } from "node:util";
import { frameworks } from "./framework.js";
import { capstanArgs, overheadRun } from "./overhead-run.js";

/**
 * `npm run suite-overhead -- [framework ...] [--files 1000] [--runs 3]`: what a suite of many short files costs over the
 * framework's own time, isolated as the framework does by default. Both run in turn, and count from the start of their
 * command to its end. The time is judged; the CPU time of all processes stands beside it, because others on the machine
 * change it less.
 */
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
  const { own, capstan, ratio, cpuRatio } = await overheadRun(framework, options);
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`.padStart(8);
  const figures = (of: "ms" | "cpuMs"): string => `own${seconds(own[of])}  capstan${seconds(capstan[of])}`;
  process.stdout.write(`${name.padEnd(8)}time ${figures("ms")}  ${ratio.toFixed(3)} ×  at most ${ratioMax}\n`);
  process.stdout.write(`${" ".repeat(8)}CPU  ${figures("cpuMs")}  ${cpuRatio.toFixed(3)} ×\n`);
  process.stdout.write(`${" ".repeat(8)}own: ${how()}; capstan ${capstanArgs(framework).join(" ")}\n`);
  if (ratio > ratioMax) process.exitCode = 1;
}
