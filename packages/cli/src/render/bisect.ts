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
  const { failed } = bisected;
  const said = failed.message === undefined ? [] : [`  ${style.dim(headOf(failed.message))}`];
  if (bisected.outcome !== "found") {
    const { what, remedy } = refusalText(oneLine(file), bisected);
    return [what, ...said, ...(remedy === undefined ? [] : [`  ${remedy}`])];
  }
  const { culprits } = bisected;
  const which = culprits.length === 1 ? ` ${oneLine(culprits[0]!)}` : ` these ${culprits.length} together`;
  const list = culprits.length === 1 ? [] : culprits.map((culprit) => `  ${oneLine(culprit)}`);
  const head = `${oneLine(file)} ${style.red("fails")} after${which}${share(failed)}`;
  return [head, ...list, ...said, `  again: ${again(culprits)}`];
}

function refusalText(
  name: string,
  bisected: Exclude<Bisected, { readonly outcome: "found" }>,
): { readonly what: string; readonly remedy?: string } {
  switch (bisected.outcome) {
    case "fails-alone":
      return { what: `${name} fails alone: nothing that runs before it is to blame` };
    case "flaky-alone":
      return {
        what: `${name} is flaky by itself: it fails alone as well${share(bisected.failed)}`,
        remedy: `how often: capstan grind ${name}`,
      };
    case "never-fails":
      return {
        what: `${name} passes after all of them`,
        remedy: `${sometimes}; where it failed after others, name them by --after, or the suite by --name`,
      };
    case "broken":
      return { what: `${name} could not be judged: a run came to no end of it` };
    default:
      return {
        what: `${name} is unsteady: at last it did not pass alone and fail after ${bisected.culprits.map(oneLine).join(", ")}`,
        remedy: `${sometimes}; where something outlives the executor, --workspace gives each probe a tree of its own, and --before-all what else it needs`,
      };
  }
}

const sometimes = "where it fails now and then, give --times 10";

/** The first lines of a message: what follows are traces mostly. */
function headOf(message: string): string {
  return oneLine(message.trimStart().split("\n").slice(0, 3).join("\n")).slice(0, 300);
}

function share({ failed, runs }: Probe): string {
  return runs === failed ? "" : ` (${failed} of ${counted(runs, "time")})`;
}
