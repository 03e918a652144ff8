import type { WriteStream } from "node:tty";
import { Capstan, type TasksetHandle } from "capstan";
import { Cluster } from "./cluster/cluster.js";
import { deploy } from "./plugin/deploy.js";
import { judge, type Judged } from "./report/judge.js";
import { Progress } from "./report/progress.js";
import { writeReport } from "./report/report.js";
import { documentWork } from "./work/documents.js";
import { unitTests } from "./work/unit-tests.js";
import type { Work } from "./work/work.js";

export interface QuickstartOptions {
  /** The repository. */
  readonly root: string;
  /** How many of its unit-test files are run. */
  readonly filesMax: number;
  readonly out: WriteStream;
}

const workers = ["left", "right"];
/** Far more than it needs; whatever hangs then is reported. */
const limitMs = 85_000;

/** Starts Capstan, runs real work to its verdicts, and ends everything it started. Gives the exit code. */
export async function runQuickstart(options: QuickstartOptions): Promise<number> {
  const cluster = new Cluster();
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupt);
  const late = setTimeout(() => interrupted.abort(new Error(`not through in ${limitMs / 1_000} s`)), limitMs);
  try {
    return await untilAborted(run(options, cluster, interrupted.signal), interrupted.signal);
  } catch (error) {
    const isAsked = interrupted.signal.reason instanceof DOMException;
    process.stderr.write(isAsked ? "\nStopped.\n" : `\nThe quickstart failed: ${String(error)}\n`);
    return isAsked ? 130 : 1;
  } finally {
    clearTimeout(late);
    await cluster.close();
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, interrupt);
  }
}

async function run({ root, filesMax, out }: QuickstartOptions, cluster: Cluster, signal: AbortSignal): Promise<number> {
  const startedAtMs = performance.now();
  const say = (text: string): void => void out.write(`${text}\n`);
  say("Capstan quickstart\n");
  await cluster.start(workers);
  say(`engine     ${cluster.url}, on SQLite`);
  say(`workers    ${workers.join(" and ")}, each with 2 slots; all ready after ${seconds(startedAtMs)}`);
  const capstan = new Capstan({ url: cluster.url });
  const { plugin, version, id } = await deploy(root, cluster.url, "examples/quickstart/plugin/documents.ts");
  say(`plugin     ${plugin} ${version}, deployed as ${id}\n`);
  const works = await Promise.all([unitTests(root, filesMax), documentWork(root)]);
  const judged = await Promise.race([runWorks({ capstan, works, out, signal }), cluster.broken]);
  const isGood = await writeReport({ judged, capstan, say });
  const sum = judged.flatMap(({ tasks }) => tasks).length;
  say(
    isGood
      ? `\nAll ${sum} verdicts are as expected, after ${seconds(startedAtMs)}.`
      : `\nNot all of the ${sum} verdicts are as expected.`,
  );
  return isGood ? 0 : 1;
}

interface Running {
  readonly capstan: Capstan;
  readonly works: readonly Work[];
  readonly out: WriteStream;
  readonly signal: AbortSignal;
}

async function runWorks({ capstan, works, out, signal }: Running): Promise<Judged[]> {
  const progress = new Progress(
    out,
    works.map(({ title }) => title),
  );
  const follow = async (work: Work, taskset: TasksetHandle): Promise<Judged> => {
    for await (const view of taskset.progress({ signal })) progress.show(work.title, view);
    return judge(work, await taskset.report(signal), capstan);
  };
  try {
    const launched = works.map(async (work) => follow(work, await capstan.launchTaskset({ ...work.launch, signal })));
    return await Promise.all(launched);
  } finally {
    progress.end();
  }
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1_000).toFixed(1)} s`;
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });
}
