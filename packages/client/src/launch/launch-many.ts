import { CapstanError, type Launched } from "@capstan/protocol";
import { jsonBody, type Connection } from "../connection/connection.js";

const chunkTasksMax = 2_000;
/** UTF-8 needs at most three bytes a character, and a body may have 8 MiB. */
const chunkCharactersMax = 2 * 1024 * 1024;

/** Launches serialised tasks in as few requests as their size allows; each request is launched whole or not at all. */
export async function launchMany(
  connection: Connection,
  tasks: Iterable<string>,
  signal?: AbortSignal,
): Promise<Launched[]> {
  const launched: Launched[] = [];
  for (const chunk of chunksOf(tasks)) {
    const body = jsonBody(`{"tasks":[${chunk.join(",")}]}`);
    const answer = await connection.call("launchTasks", { body, signal });
    if (answer.tasks.length !== chunk.length) {
      throw new CapstanError("internal", `the engine answered ${answer.tasks.length} of ${chunk.length} launches`);
    }
    launched.push(...answer.tasks);
  }
  return launched;
}

function* chunksOf(tasks: Iterable<string>): Generator<string[]> {
  let chunk: string[] = [];
  let characters = 0;
  for (const json of tasks) {
    const isFull = chunk.length >= chunkTasksMax || characters + json.length > chunkCharactersMax;
    if (chunk.length > 0 && isFull) {
      yield chunk;
      chunk = [];
      characters = 0;
    }
    chunk.push(json);
    characters += json.length;
  }
  if (chunk.length > 0) yield chunk;
}
