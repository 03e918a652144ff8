import type { Bisected, Probe, Round } from "../bisect/bisection.js";
import type { Output } from "../io/output.js";
import { oneLine } from "./control.js";
import { counted } from "./text.js";

/** A round that begins, for people. */
export function roundLine({ round, step, files, probes, roundsLeft }: Round): string {
  if (step === "check") return `round ${round}: alone, and after ${counted(files, "file")}`;
  if (step === "confirm") return `round ${round}: once more, alone and after ${counted(files, "file")}`;
  const left = `about ${counted(roundsLeft, "round")} to go`;
  return `round ${round}: ${counted(files, "file")} may be to blame, ${counted(probes, "probe")}, ${left}`;
}

/** What came of it; `again` is the command that shows it once more. */
export function bisectedLines(
  file: string,
  bisected: Bisected,
  { style, again }: Pick<Output, "style"> & { readonly again: (culprits: readonly string[]) => string },
): string[] {
  const name = oneLine(file);
  const { outcome, failed } = bisected;
  const said = failed.message === undefined ? [] : [`  ${style.dim(oneLine(failed.message).slice(0, 500))}`];
  switch (outcome) {
    case "found": {
      const { culprits } = bisected;
      const [first = "", ...more] = culprits.map(oneLine);
      const which = more.length === 0 ? ` ${first}` : [":", first, ...more].join("\n  ");
      return [
        `${name} ${style.red("fails")} after${which}${more.length === 0 ? "" : "\n"}${share(failed)}`,
        ...said,
        `  again: ${again(culprits)}`,
      ];
    }
    case "fails-alone":
      return [`${name} fails alone: nothing that runs before it is to blame`, ...said];
    case "flaky-alone":
      return [
        `${name} fails alone as well, ${failed.failed} of ${counted(failed.runs, "time")}: it is flaky by itself`,
        ...said,
        `  how often: capstan grind ${oneLine(file)}`,
      ];
    case "never-fails":
      return [
        `${name} passes after all of them`,
        "  if it fails now and then, give --times 10; if it failed after others, name them by --after, or the suite by --name",
      ];
    case "broken":
      return [`${name} could not be judged: a run came to no end of it`, ...said];
    case "unsteady":
      return [
        `${name} is unsteady: at last it did not pass alone and fail after ${bisected.culprits.map(oneLine).join(", ")}`,
        ...said,
        "  if it fails now and then, give --times 10; if something outlives the executor, --workspace gives each probe a tree of its own, and --before-all what else it needs",
      ];
  }
}

function share({ failed, runs }: Probe): string {
  return runs === failed ? "" : ` (${failed} of ${counted(runs, "time")})`;
}
