import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { protocolVersion, workerPath, type EngineMessageType, type WorkerMessage } from "@capstan/protocol";
import { withFolder } from "@capstan/testkit";
import { startWorker } from "@capstan/worker";
import type { Act, Entry } from "./recording.js";
import { framesPlugin, Stage } from "./stage.js";
import { Hand, Tee } from "./tee.js";

/*
 * Records a session of this version of the protocol: first a real worker, then one spoken by hand for what a real one seldom says.
 * `npm run frames` writes it to version-<n>.json, once a version: the frames of a version never change again.
 */
const tee = new Tee();
const folder = join(import.meta.dirname, "../../protocol");

async function main(): Promise<void> {
  await withFolder(async (data) => {
    const stage = await Stage.open(data);
    const act = async (does: Act): Promise<void> => {
      tee.entries.add({ act: does });
      await stage.act(does);
    };
    await act({ do: "deploy", runtime: "inline" });
    await recordWorker(stage, act);
    await act({ do: "deploy", runtime: "command" });
    await recordHand(stage.running.url!.replace("http", "ws") + workerPath(), act);
    await stage.close();
  });
  const recording = { protocol: protocolVersion, entries: tee.entries.items.map(withoutStatistics) };
  const lines = recording.entries.map((entry) => `    ${JSON.stringify(entry)}`).join(",\n");
  const text = `{\n  "protocol": ${protocolVersion},\n  "entries": [\n${lines}\n  ]\n}\n`;
  await writeFile(join(folder, `version-${protocolVersion}.json`), text);
}

/** Figures of the machine that recorded say nothing. */
function withoutStatistics(entry: Entry): Entry {
  if (!("worker" in entry)) return entry;
  const plain = (message: WorkerMessage): WorkerMessage =>
    message.type === "heartbeat" ? { ...message, statistics: { slotsBusy: 0 } } : message;
  return { ...entry, worker: entry.worker.map(plain) };
}

/** Waits for the next message of a type from the engine, whatever its connection. */
function heard(type: EngineMessageType): Promise<Entry> {
  const from = tee.entries.items.length;
  return tee.entries.waitFor(
    (entry) =>
      tee.entries.items.indexOf(entry) >= from &&
      "engine" in entry &&
      entry.engine.some((message) => message.type === type),
  );
}

async function recordWorker(stage: Stage, act: (does: Act) => Promise<void>): Promise<void> {
  const worker = await startWorker({
    engine: stage.running.url!,
    name: "recorded",
    labels: ["recorded"],
    slots: 2,
    runtimes: ["inline"],
    plugins: [framesPlugin],
    seams: { transport: tee },
  });
  for (const [definition, input, last] of [
    ["frames/echo", { text: "héllo" }, "accepted"],
    ["frames/say", "out", "logged"],
  ] as const) {
    const end = heard(last);
    await act({ do: "launch", definition, input });
    await end;
  }
  const granted = heard("grant");
  await act({ do: "launch", definition: "frames/hold" });
  await granted;
  const stopped = heard("accepted");
  await act({ do: "cancel" });
  await stopped;
  await act({ do: "drain" });
  await act({ do: "undrain" });
  await tee.entries.waitFor((entry) => "engine" in entry && entry.engine.some(({ type }) => type === "noMoreTasks"));
  await worker.close();
}

async function recordHand(url: string, act: (does: Act) => Promise<void>): Promise<void> {
  const old = await Hand.open(tee, url);
  old.say({ ...hello, protocol: 999 });
  await old.hear("refuse");
  const hand = await Hand.open(tee, url);
  hand.say(hello, { type: "getDeployInfo" }, { type: "acquire", revisions: "any", credits: 1 });
  const { session } = await hand.hear("welcome");
  await hand.hear("noDeployInfo");
  await recordPreparing(hand, act);
  await recordWorkspace(hand, act);
  const { trial, token, task, revision } = await recordAnswers(hand, act);
  hand.close();
  const again = await Hand.open(tee, url);
  again.say({ ...hello, session, trials: [{ trial, task, token, revision, state: "running" }] });
  await again.hear("welcome");
  const spawner = await Hand.open(tee, url);
  spawner.say({ type: "workerDied", session: session.id, secret: session.secret, trials: [trial] });
}

const hello = {
  type: "hello",
  protocol: protocolVersion,
  name: "by-hand",
  labels: [],
  slots: 1,
  runtimes: ["command"],
  revisions: [],
  trials: [],
} satisfies WorkerMessage;

/** A revision that has to be fetched first, an offer that is taken back, one that is not there. */
async function recordPreparing(hand: Hand, act: (does: Act) => Promise<void>): Promise<void> {
  await act({ do: "launch", definition: "program/echo", input: 1 });
  const { offer, revision } = await hand.hear("offer");
  hand.say(
    { type: "decline", offer, reason: "no-executor" },
    { type: "preparing", revision },
    { type: "getDeployInfo" },
  );
  await hand.hear("deployInfo");
  hand.say({ type: "prepared", revision }, { type: "acquire", revisions: "any", credits: 1 });
  await hand.hear("offer");
  await act({ do: "cancel" });
  await hand.hear("revoke");
  hand.say({ type: "accept", offer: 999 }, { type: "dropped", revision }, { type: "prepared", revision });
  await hand.hear("halt");
}

/** A tree that has to be fetched and set up first, and goes when its taskset has ended. */
async function recordWorkspace(hand: Hand, act: (does: Act) => Promise<void>): Promise<void> {
  hand.say({ type: "acquire", revisions: "any", credits: 1 });
  await act({ do: "launchWorkspace", definition: "program/echo" });
  const { offer, taskset = "" } = await hand.hear("offer");
  const facts = { status: "succeeded", durationMs: 1 } as const;
  hand.say(
    { type: "decline", offer, reason: "no-workspace" },
    { type: "acquire", revisions: "any", credits: 1 },
    { type: "phaseEnded", taskset, phase: "sync", ...facts },
    { type: "workspaceReady", taskset },
  );
  const again = await hand.hear("offer");
  hand.say({ type: "accept", offer: again.offer, executor: "by-hand" });
  const { trial, token } = await hand.hear("grant");
  hand.say({ type: "result", trial, token, timings: { durationMs: 1 }, hasBegun: true, status: "succeeded" });
  await hand.hear("releaseWorkspace");
  await hand.hear("accepted");
  hand.say({ type: "phaseEnded", taskset, phase: "cleanUp", ...facts });
}

/** A report that comes twice, one that is another's, one of nobody's; then a trial that goes on. */
async function recordAnswers(hand: Hand, act: (does: Act) => Promise<void>) {
  const begin = async () => {
    hand.say({ type: "acquire", revisions: "any", credits: 1 });
    await act({ do: "launch", definition: "program/echo", input: 1 });
    const { offer } = await hand.hear("offer");
    hand.say({ type: "accept", offer, executor: "by-hand" });
    return hand.hear("grant");
  };
  const { trial, token } = await begin();
  const result = {
    type: "result",
    trial,
    token,
    timings: { durationMs: 1 },
    hasBegun: true,
    status: "succeeded",
  } as const;
  for (let time = 0; time < 2; time += 1) {
    hand.say({ ...result, output: 1 });
    await hand.hear("accepted");
  }
  for (const other of [
    { ...result, output: 2 },
    { ...result, token: token.replace(/\.\d+\./, ".0.") },
    { ...result, trial: trial.replace(/_\d+$/, "_77") },
  ]) {
    hand.say(other);
    await hand.hear("refused");
  }
  return begin();
}

await main();
process.exit(0);
