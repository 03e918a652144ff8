import type { Capstan, LogChunk } from "@capstan/client";
import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly follow?: boolean;
  readonly stderr?: boolean;
  readonly offset?: string;
}

export const defineLogs: DefineVerb = (command, context) => {
  command
    .argument("<id>", "trial, or task: its last trial, and with -f all that follow")
    .option("-f, --follow", "stay until it has ended")
    .option("--stderr", "what it wrote to stderr instead of stdout")
    .option("--offset <bytes>", "begin at this byte (trials only)")
    .action((id: string, options: Options) => logs(context, id, options))
    .addHelpText(
      "after",
      examples([
        ["logs task_01hx… -f", "follows a task through all its trials"],
        ["logs trial_01hx…_1 --stderr", "shows what the first trial wrote to stderr"],
      ]),
    );
};

async function logs({ output, ...rest }: Context, id: string, options: Options): Promise<void> {
  const client = await connect({ output, ...rest });
  for await (const chunk of await open(client, id, { ...options, signal: output.closed })) {
    if (output.isJson) output.json(chunk);
    else await output.flow(chunk.text);
    if (output.closed.aborted) return;
  }
}

async function open(
  client: Capstan,
  id: string,
  { follow, stderr, offset, signal }: Options & { readonly signal: AbortSignal },
): Promise<AsyncIterable<LogChunk>> {
  const [{ parseTarget }, { parseCount }, { CapstanError }] = await Promise.all([
    import("../option/target.js"),
    import("../option/count.js"),
    import("@capstan/protocol"),
  ]);
  const target = parseTarget(id);
  const stream = stderr === true ? ("stderr" as const) : ("stdout" as const);
  const options = { stream, follow: follow ?? false, signal };
  if (target?.kind === "task") {
    await client.task(id).refresh();
    return client.task(id).logs(options);
  }
  if (target?.kind !== "trial") throw new CapstanError("invalid-id", `"${id.slice(0, 60)}" is no trial and no task`);
  // What is not there is said so; a trial that wrote nothing has an empty log.
  await client.trial(id);
  const range = { min: 0, max: Number.MAX_SAFE_INTEGER };
  return client.logs(id, {
    ...options,
    ...(offset === undefined ? {} : { offset: parseCount(offset, "--offset", range) }),
  });
}
