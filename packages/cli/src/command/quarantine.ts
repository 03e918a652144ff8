import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly taskset?: string;
  readonly plugin?: string;
  readonly reason?: string;
  readonly for?: string;
}

export const defineQuarantine: DefineVerb = (command, context) => {
  command
    .argument("<worker>", "by id or name")
    .option("--taskset <id>", "keep this taskset away from it, by id or name")
    .option("--plugin <name>", "keep this plugin away from it")
    .option("--reason <text>", "shown to whoever asks why")
    .option("--for <duration>", "lift it by itself after this time")
    .action((worker: string, options: Options) => quarantine(context, worker, options))
    .addHelpText(
      "after",
      examples([
        ["quarantine build-7 --plugin images --reason 'no GPU' --for 2h", "keeps the plugin away for two hours"],
      ]),
    );
};

async function quarantine(context: Context, worker: string, options: Options): Promise<void> {
  const [{ parseDuration }, { scopeOf }, client] = await Promise.all([
    import("../option/duration.js"),
    import("../option/scope.js"),
    connect(context),
  ]);
  const { output } = context;
  const { reason } = options;
  const view = await client.workers.quarantine(worker, {
    ...(await scopeOf(client, options)),
    ...(reason === undefined ? {} : { reason }),
    ...(options.for === undefined ? {} : { forMs: parseDuration(options.for, "--for") }),
  });
  if (output.isJson) return output.json(view);
  output.lines(
    view.quarantines.map(({ scope, name, reason: why }) => `${view.name} is quarantined for ${scope} ${name}: ${why}`),
  );
}
