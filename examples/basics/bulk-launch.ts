// Ten thousand tasks in one stream of NDJSON, as any language or `curl` can send it.
import { Readable } from "node:stream";
import { Capstan, definePlugin, defineTask } from "capstan";
import { startEngine } from "capstan/engine";
import { startWorker } from "capstan/worker";

const folder = process.argv[2] ?? ".capstan";
const count = 10_000;
const square = defineTask({ name: "square", run: (value: number) => value * value });

const engine = await startEngine({ folder, port: 0 });
const url = engine.url!;
const worker = await startWorker({
  engine: url,
  slots: 32,
  runtimes: ["inline"],
  plugins: [definePlugin({ name: "numbers", tasks: [square] })],
});

/** First a line about the taskset, then a line a task. The stream may be of any length: it is never held whole. */
function* lines(): Generator<string> {
  yield `${JSON.stringify({ name: "squares", definition: "numbers/square" })}\n`;
  for (let value = 0; value < count; value += 1) yield `${JSON.stringify({ key: `n${value}`, input: value })}\n`;
}

const response = await fetch(`${url}/v1/namespaces/default/tasksets`, {
  method: "POST",
  headers: { "content-type": "application/x-ndjson" },
  body: Readable.toWeb(Readable.from(lines())) as ReadableStream,
  duplex: "half",
});
const launched = (await response.json()) as { taskset: string; tasks: number };
console.log("launched:", response.status, launched.tasks);

const { status, counts } = await new Capstan({ url }).taskset(launched.taskset).result();
console.log("ended:", status, counts.succeeded);

await worker.close();
await engine.close();
