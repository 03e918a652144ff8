import type { Context } from "../context.js";
import { collect, examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly engine?: string;
  readonly slots?: string;
  readonly label?: readonly string[];
  readonly name?: string;
  readonly cache?: string;
  readonly grace: string;
}

export const defineWorker: DefineVerb = (command, context) => {
  command
    .option("--engine <url>", "address of the engine (default: as --url)")
    .option("--slots <count>", "trials at a time (default: the cores of this machine)")
    .option("-l, --label <label>", "what tasks may ask for; may be repeated", collect)
    .option("--name <name>", "shown to people (default: the name of this machine)")
    .option("--cache <folder>", "where revisions are kept; workers may share it")
    .option("--grace <duration>", "at the end, let trials go on so long", "60s")
    .action((options: Options) => worker(context, options))
    .addHelpText(
      "after",
      `\nThe first Ctrl-C or SIGTERM drains it, the second stops what runs.\n${examples([
        ["worker", "takes work from the engine on this machine"],
        ["worker --engine https://capstan.example --slots 8 --label gpu", "takes work from another machine"],
      ])}`,
    );
};

async function worker(context: Context, options: Options): Promise<void> {
  const [{ readWorkerOptions }, { makeLog }, { workerLog }, { parseDuration }, { runWorker }] = await Promise.all([
    import("../up/worker-options.js"),
    import("../up/log.js"),
    import("../up/worker-log.js"),
    import("../option/duration.js"),
    import("@capstan/worker"),
  ]);
  const { output } = context;
  const graceMs = parseDuration(options.grace, "--grace");
  const workerOptions = await readWorkerOptions(context, options);
  const onEvent = workerLog(makeLog(output, { least: "info" }));
  await runWorker({ ...workerOptions, onEvent }, { graceMs }, (started) => {
    const { name, slots, worker: id } = started.status();
    if (output.isJson) output.json({ type: "ready", worker: id, name, slots });
    else output.line(`worker ${name} ready with ${slots} slot${slots === 1 ? "" : "s"} at ${workerOptions.engine}`);
  });
}
