import { collect, examples, type DefineVerb } from "./verb.js";
import { addEngineFlags } from "../up/engine-flags.js";
import type { UpOptions } from "../up/up.js";

export const defineUp: DefineVerb = (command, context) => {
  addEngineFlags(command)
    .option("--workers <count>", "workers, each a process of its own", "1")
    .option("--slots <count>", "trials at a time of each worker (default: the cores of this machine)")
    .option("-l, --label <label>", "label of the workers; may be repeated", collect)
    .option("--grace <duration>", "at the end, let trials go on so long", "10s")
    .option("-v, --verbose", "print what engine and workers log")
    .action(async (options: UpOptions) => (await import("../up/up.js")).up(context, options))
    .addHelpText(
      "after",
      `\nThe first Ctrl-C or SIGTERM ends it in good order, the second at once.\n${examples([
        ["up", "serves on http://127.0.0.1:7717 with one worker, data in .capstan"],
        ["up --data /tmp/try --port 0 --workers 2 --slots 4", "serves on a free port with eight slots"],
      ])}`,
    );
};
