/** A worker process for tests, to be killed: starts what its argument says and reports when all of it runs. */
import { executorKinds } from "../executor/registry.js";
import type { Standing } from "./message.js";
import { Spawner } from "./spawner.js";

interface Play {
  standing: Standing | null;
  mark: string;
  /** Directory of a node revision. */
  directory: string;
}

const play = JSON.parse(process.argv[2] ?? "{}") as Play;
const spawner = await Spawner.start();
if (play.standing) spawner.standing(play.standing);

const resources = { spawner, env: { BED_MARK: play.mark } };
const revision = { revision: "rev_bed", plugin: "bed", directory: play.directory, manifest: { entry: "index.mjs" } };
const printed: Promise<void>[] = [];

function run(
  executor: Awaited<ReturnType<(typeof executorKinds)["node"]["start"]>>,
  trial: string,
  input: unknown,
): void {
  spawner.trialStarted(trial);
  const order = {
    trial,
    task: "task_bed",
    definition: "bed/main",
    revision: "rev_bed",
    number: 1,
    round: 1,
    slot: 0,
    input,
    limits: { softMs: 100_000, hardMs: 100_000, stopGraceMs: 1_000, outputBytesMax: 1_000 },
  };
  printed.push(
    new Promise((resolve) => {
      executor.run(order, { log: () => resolve(), progress: () => undefined });
    }),
  );
}

const command = await executorKinds.command.start(revision, resources);
run(command, "trial_a", { command: "trap '' TERM HUP; setsid sleep 1000 & sleep 1000 & echo in; wait; sleep 1000" });
run(await executorKinds.node.start(revision, resources), "trial_b", "block");
run(await executorKinds.node.start(revision, resources), "trial_c", "wait");
spawner.trialStarted("trial_over");
await Promise.all(printed);
spawner.trialEnded("trial_over");
setImmediate(() => setImmediate(() => process.stdout.write(`${spawner.pid}\n`)));
