import type { Engine } from "@capstan/engine";
import { SqliteStore, type Store } from "@capstan/store";
import { PostgresStore } from "@capstan/store/postgres";

/** The moments of an engine's loop at which a crash must lose nothing. */
export const crashPoints = ["apply", "commit", "write", "speak"] as const;
export type CrashPoint = (typeof crashPoints)[number];

/** `point:n`: the engine dies at the n-th time that it comes there. */
export function crashAt(point: CrashPoint, n: number): string {
  return `${point}:${n}`;
}

interface Crash {
  watch(loop: Engine["loop"]): void;
}

/**
 * Lets this process die at a named moment, as a loss of power would: before a change is applied, after it and before
 * its commit, while the store writes, or when it is durable and nobody was told.
 */
export function armCrash(spec: string | undefined): Crash | undefined {
  if (spec === undefined) return undefined;
  const [point, count] = spec.split(":") as [CrashPoint, string];
  let left = Number(count);
  const isDue = (here: CrashPoint): boolean => here === point && --left <= 0;
  armCommit(SqliteStore.prototype, isDue);
  armCommit(PostgresStore.prototype, isDue);
  return { watch: (loop) => armApply(loop, isDue) };
}

function armCommit(driver: Pick<Store, "commit">, isDue: (here: CrashPoint) => boolean): void {
  // Not bound on purpose: the store is `this` of the call.
  const { commit } = driver; // oxlint-disable-line typescript/unbound-method
  driver.commit = async function crashingCommit(this: Store, batch) {
    if (isDue("commit")) die();
    const writing = commit.call(this, batch);
    if (isDue("write")) setImmediate(die);
    await writing;
    if (isDue("speak")) die();
  };
}

function armApply(loop: Engine["loop"], isDue: (here: CrashPoint) => boolean): void {
  const act = loop.act.bind(loop);
  loop.act = (change) => {
    if (isDue("apply")) die();
    return act(change);
  };
}

function die(): void {
  process.kill(process.pid, "SIGKILL");
}
