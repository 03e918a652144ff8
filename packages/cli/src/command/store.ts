import { resolve } from "node:path";
import type { Context } from "../context.js";
import { exitCodes } from "../exit-code.js";
import { examples, type DefineVerb } from "./verb.js";

export const defineStore: DefineVerb = (command, context) => {
  command
    .command("copy")
    .description("Copy a whole store into an empty one, read it back and compare, while no engine has either.")
    .requiredOption("--from <place>", "the store: the engine's data folder, or its postgres://… address")
    .requiredOption("--to <place>", "where it goes: a folder or address without a store")
    .action((flags: CopyFlags) => copy(context, flags));
  command.addHelpText(
    "after",
    `\nBlobs (bundles, large inputs and outputs, workspaces) are files in the data folder and stay there.
The store that was copied stays as it is: start no engine on it any more. A password may be in PGPASSWORD.\n${examples([
      ["store copy --from .capstan --to postgres://capstan@db.internal/app", "moves tasks from a folder to PostgreSQL"],
      ["store copy --from postgres://capstan@db.internal/app --to /var/lib/capstan", "moves them back into a folder"],
    ])}`,
  );
};

interface CopyFlags {
  readonly from: string;
  readonly to: string;
}

async function copy(context: Context, flags: CopyFlags): Promise<void> {
  const [{ copyStore, isAddress }, { CopyDisplay }, { watchSignals }, { copyNotes }] = await Promise.all([
    import("@capstan/store/copy"),
    import("../run/copy-display.js"),
    import("../run/interruption.js"),
    import("../render/copy.js"),
  ]);
  const { io, output } = context;
  const place = (text: string): string => (isAddress(text) ? text : resolve(io.cwd, text));
  const [from, to] = [place(flags.from), place(flags.to)];
  const display = new CopyDisplay(output);
  const interruption = watchSignals(context, () => {});
  const { signal } = interruption;
  try {
    const copied = await copyStore({ from, to, nowMs: Date.now(), signal, onProgress: (seen) => display.update(seen) });
    display.close();
    if (output.isJson) return output.json({ type: "copied", ...copied });
    output.line(`copied ${copied.rows} rows from ${copied.from} to ${copied.to}`);
    output.line(`digest of both ${copied.digest}`);
    for (const note of copyNotes(copied, { isFromFolder: from === copied.from, isToFolder: to === copied.to })) {
      output.note(note);
    }
  } catch (error) {
    display.close();
    if (!interruption.isInterrupted || error !== signal.reason) throw error;
    output.note("interrupted: nothing was copied");
    context.exitCode = exitCodes.interrupted;
  } finally {
    interruption.stop();
  }
}
