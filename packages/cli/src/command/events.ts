import type { EventView } from "@capstan/protocol";
import { connect, type Context } from "../context.js";
import type { Output } from "../io/output.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options {
  readonly follow?: boolean;
  readonly after?: string;
  readonly types?: string;
  readonly taskset?: string;
  readonly task?: string;
}

/** Without --follow: the stream is over when nothing has come for so long. */
const quietMs = 500;

export const defineEvents: DefineVerb = (command, context) => {
  command
    .option("-f, --follow", "stay and show what happens from now on")
    .option("--after <cursor>", "begin after this event")
    .option("--types <list>", "only types that begin so, for example task.,worker.lost")
    .option("--taskset <id>", "only of this taskset, by id or name")
    .option("--task <id>", "only of this task")
    .action((options: Options) => events(context, options))
    .addHelpText(
      "after",
      examples([
        ["events -f", "shows every change from now on, until Ctrl-C"],
        ["events -f --types task.failed,worker.lost --json", "feeds a script"],
        ["events --after 3-120-0", "prints what happened since a cursor, and ends"],
      ]),
    );
};

async function events(context: Context, options: Options): Promise<void> {
  const [{ CapstanError }, { tasksetId }, client] = await Promise.all([
    import("@capstan/protocol"),
    import("../option/target.js"),
    connect(context),
  ]);
  const { output } = context;
  if (options.follow !== true && options.after === undefined) {
    throw new CapstanError(
      "invalid-config",
      "say -f to follow what happens from now on, or --after CURSOR for what has happened",
    );
  }
  const ending = new AbortController();
  const taskset = options.taskset === undefined ? undefined : await tasksetId(client, options.taskset);
  // An engine that is not there is told at once; a stream that breaks later is resumed.
  await client.status();
  const query = { after: options.after, types: options.types?.split(","), taskset, task: options.task };
  const quiet = (): NodeJS.Timeout => setTimeout(() => ending.abort(), quietMs);
  let timer = options.follow === true ? undefined : quiet();
  try {
    for await (const event of client.events({ ...query, signal: AbortSignal.any([output.closed, ending.signal]) })) {
      if (timer !== undefined) clearTimeout(timer);
      await output.flow(`${output.isJson ? JSON.stringify(event) : eventLine(event, output)}\n`);
      if (options.follow !== true) timer = quiet();
    }
  } catch (error) {
    if (!ending.signal.aborted && !output.closed.aborted) throw error;
  } finally {
    clearTimeout(timer);
  }
}

function eventLine({ cursor, atMs, type, data, ...event }: EventView, { isTerminal, style }: Output): string {
  const subject = event.trial ?? event.task ?? event.taskset ?? event.worker ?? event.revision ?? event.plugin ?? "";
  const rest = data === undefined ? "" : JSON.stringify(data);
  const time = new Date(atMs).toISOString();
  if (!isTerminal) return [cursor, time, type, subject, rest].join("\t");
  return `${style.dim(time.slice(11, 23))}  ${type.padEnd(18)}  ${subject}${rest === "" ? "" : `  ${style.dim(rest)}`}`;
}
