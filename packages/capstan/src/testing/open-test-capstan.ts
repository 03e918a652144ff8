import { defaultNamespace } from "@capstan/protocol";
import { MemoryBlobStore, openSqliteStore } from "@capstan/store";
import { SeededRandom, VirtualClock } from "@capstan/testkit";
import { InProcess } from "../embedded/in-process.js";
import { Activity } from "./activity.js";
import { TestCapstan, type TestWorkerOptions } from "./test-capstan.js";

export interface TestOptions extends TestWorkerOptions {
  /** What randomness follows from: jitter, for example. Default 1. */
  readonly seed?: number | string;
  /** ms since 1970 at the start. Default 2026-01-01, UTC. */
  readonly wallMs?: number;
  /** Whether to start without a worker; default false. */
  readonly isWithoutWorker?: boolean;
}

/**
 * Opens Capstan for a test: an engine on SQLite in memory and a worker with the plugins given, in the test's own process,
 * without network, folder or sleep. Time stands still until the test lets it pass.
 *
 * Tasks run inline. `runtimes` can add `command` and `node`, whose processes live in the time of the machine.
 * @example
 * const t = await openTestCapstan({ plugins: [mail] });
 * const task = await t.launch(mail.tasks.send, { to: "a@example.org" }, { delayMs: 3_600_000 });
 * await t.advance("59m");
 * expect((await task.refresh()).status).toBe("waiting");
 * await t.advance("1m");
 * expect(await task.result()).toEqual({ sent: true });
 * await t.close();
 */
export async function openTestCapstan(options: TestOptions = {}): Promise<TestCapstan> {
  const { seed = 1, wallMs, isWithoutWorker = false, ...worker } = options;
  const activity = new Activity();
  const random = new SeededRandom(seed);
  const clock = new VirtualClock({ settle: () => activity.settle(), ...(wallMs === undefined ? {} : { wallMs }) });
  const stores = { store: openSqliteStore({ memory: true, random }), blobs: new MemoryBlobStore() };
  const seams = { clock, random, defer: activity.defer, stores };
  let failure: Error | undefined;
  const error = (fields: Readonly<Record<string, unknown>>): void => void (failure ??= fields["error"] as Error);
  const logger = { debug() {}, info() {}, warn() {}, error };
  const inProcess = await InProcess.start({ folder: "", seams, logger }, defaultNamespace);
  const capstan = new TestCapstan({ inProcess, clock, random, activity, failure: () => failure });
  if (!isWithoutWorker) await capstan.addWorker(worker);
  return capstan;
}
