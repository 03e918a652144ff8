import { connect } from "node:net";
import { once } from "node:events";
import { Capstan } from "@capstan/client";
import { deploySoak } from "./deploy.js";
import { expectVerdict, verdictMs, type Kind, type LoadContext } from "./kind.js";

/** Somebody looks at everything, watches for a while, and goes without a word. */
async function visitor({ url, random }: LoadContext): Promise<void> {
  const client = new Capstan({ url });
  const first = async (items: AsyncIterable<unknown>, count: number): Promise<void> => {
    let seen = 0;
    for await (const _ of items) if ((seen += 1) >= count) break;
  };
  await Promise.all([
    client.status(),
    client.metrics(),
    first(client.tasks({ limit: 50 }), 120),
    first(client.tasks({ status: "failed", limit: 10 }), 10),
    first(client.tasksets({ limit: 20 }), 20),
    first(client.workers.list(), 10),
    first(client.plugins.list(), 10),
  ]);
  const events = client.events({ signal: AbortSignal.timeout(random.int(50, 1_500)) });
  await first(events, random.int(5, 60)).catch((error: { name?: string }) => {
    if (error.name !== "TimeoutError") throw error;
  });
}

/** Follows a long output to its end, while a second one leaves in the middle of it. */
async function reader({ client, random, launched }: LoadContext): Promise<void> {
  const kilobytes = random.int(50, 400);
  const task = await client.launch("soak/print", { kilobytes });
  launched(1);
  const follow = async (bytesMax: number): Promise<number> => {
    let bytes = 0;
    for await (const { text } of task.logs({ follow: true, signal: AbortSignal.timeout(verdictMs) })) {
      bytes += text.length;
      if (bytes >= bytesMax) break;
    }
    return bytes;
  };
  const [whole] = await Promise.all([follow(Number.POSITIVE_INFINITY), follow(20_000)]);
  const { trials } = await expectVerdict(task, { status: "succeeded" });
  const bytes = kilobytes * 1_023;
  if (whole !== bytes && trials.lost === 0) throw new Error(`${task.id} wrote ${whole} bytes, not ${bytes}`);
}

/** A client whose machine goes away in the middle of a stream, of a wait, or of nothing yet. */
async function rude({ url, random }: LoadContext): Promise<void> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  const paths = ["events", "status", "tasks?limit=100", "worker"];
  const upgrade =
    "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: c29hay1zb2FrLXNvYWstMQ==\r\n";
  const path = random.pick(paths);
  const head = `GET /v1/namespaces/default/${path} HTTP/1.1\r\nhost: ${hostname}:${port}\r\n`;
  socket.write(random.chance(0.2) ? head : `${head}${path === "worker" ? upgrade : ""}\r\n`);
  socket.resume();
  const closed = once(socket, "close");
  setTimeout(() => socket.resetAndDestroy(), random.int(1, 800));
  await closed;
}

/** A new revision becomes the default while tasks of the last one wait; the oldest are pruned. */
async function roll(context: LoadContext): Promise<void> {
  const { client, next, launched } = context;
  const version = `r${next()}`;
  await deploySoak(client, { name: "rolling", version });
  const before = await client.launchMany("rolling/version", Array(4).fill(null), { delayMs: 1_000 });
  const later = `r${next()}`;
  await deploySoak(client, { name: "rolling", version: later });
  const after = await client.launchMany("rolling/version", Array(4).fill(null));
  launched(8);
  await Promise.all([
    ...before.map((task) => expectVerdict(task, { status: "succeeded", output: version })),
    ...after.map((task) => expectVerdict(task, { status: "succeeded", output: later })),
  ]);
  await client.plugins.prune("rolling", { keep: 2 });
}

/** Clients that come and go, and those who deploy. */
export const clientKinds: readonly Kind[] = [
  { name: "visitor", everyMs: 3_000, run: visitor },
  { name: "reader", everyMs: 5_000, run: reader },
  { name: "rude client", everyMs: 1_500, run: rude },
  { name: "rolling", everyMs: 20_000, run: roll },
];
