import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly taskset?: string;
  readonly plugin?: string;
}

export const defineLift: DefineVerb = (command, context) => {
  command
    .argument("<worker>", "by id or name")
    .option("--taskset <id>", "the taskset that was kept away, by id or name")
    .option("--plugin <name>", "the plugin that was kept away")
    .action((worker: string, options: Options) => lift(context, worker, options))
    .addHelpText("after", examples([["lift build-7 --plugin images", "offers it tasks of the plugin again"]]));
};

async function lift(context: Context, worker: string, options: Options): Promise<void> {
  const [{ scopeOf }, client] = await Promise.all([import("../option/scope.js"), connect(context)]);
  const { output } = context;
  const scope = await scopeOf(client, options);
  const view = await client.workers.lift(worker, scope);
  if (output.isJson) output.json(view);
  else output.line(`${view.name} is no longer quarantined for ${scope.scope} ${scope.name}`);
}
