import type { Context } from "../context.js";
import { exitCodes } from "../exit-code.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly data: string;
  readonly host: string;
  readonly port: string;
  readonly grace: string;
}

export const defineEngine: DefineVerb = (command, context) => {
  command
    .option("--data <folder>", "where tasks are kept", ".capstan")
    .option("--host <address>", "address to listen on; any but loopback needs a token", "127.0.0.1")
    .option("--port <port>", "port to listen on; 0 for any that is free", "7717")
    .option("--grace <duration>", "at the end, wait so long for workers", "10s")
    .action((options: Options) => engine(context, options))
    .addHelpText(
      "after",
      `\nThe first Ctrl-C or SIGTERM ends it in good order, the second at once.\n${examples([
        ["engine --data /var/lib/capstan", "serves on http://127.0.0.1:7717"],
        ["engine --host 0.0.0.0 --token-file /etc/capstan/token", "serves other machines"],
      ])}`,
    );
};

async function engine(context: Context, options: Options): Promise<void> {
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
