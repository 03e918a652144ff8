import type { Context } from "../context.js";
import { exitCodes } from "../exit-code.js";
import { addEngineFlags, type EngineFlags } from "../up/engine-flags.js";
import { examples, type DefineVerb } from "./verb.js";

export const defineEngine: DefineVerb = (command, context) => {
  addEngineFlags(command)
    .option("--grace <duration>", "at the end, wait so long for workers", "10s")
    .action((options: EngineFlags) => engine(context, options))
    .addHelpText(
      "after",
      `\nThe first Ctrl-C or SIGTERM ends it in good order, the second at once.\n${examples([
        ["engine --data /var/lib/capstan", "serves on http://127.0.0.1:7717"],
        ["engine --store postgres://capstan@db.internal/capstan", "keeps tasks in PostgreSQL, files in .capstan"],
        ["engine --host 0.0.0.0 --token-file /etc/capstan/token", "serves other machines"],
      ])}`,
    );
};

async function engine(context: Context, options: EngineFlags): Promise<void> {
  const [{ readEngineOptions }, { startEngine }, { makeLog }, { watchSignals }] = await Promise.all([
    import("../up/engine-options.js"),
    import("../up/start-engine.js"),
    import("../up/log.js"),
    import("../run/interruption.js"),
  ]);
  const { output } = context;
  const read = readEngineOptions(context, options);
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  const interruption = watchSignals(context, end);
  try {
    const running = await startEngine(context, read, makeLog(output, { least: "info" }));
    if (output.isJson) output.json({ type: "ready", url: running.url });
    else output.line(`engine ready at ${running.url}`);
    await Promise.race([ended, running.closed]);
    if (!interruption.isInterrupted) context.exitCode = exitCodes.failed;
    await running.close({ graceMs: read.graceMs });
  } finally {
    interruption.stop();
  }
}
