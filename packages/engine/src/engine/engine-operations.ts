import { CapstanError } from "@capstan/protocol";
import type { Store } from "@capstan/store";
import { MutedDesk } from "../muted/muted-desk.js";
import { listEstimates } from "../read/estimate-list.js";
import { listFlaky } from "../read/flaky-report.js";
import type { Engine } from "./engine.js";
import type { EngineOperations } from "./operations.js";

/** The engine as the API sees it. Each change is answered with the thing as it is after it. */
export function makeOperations(engine: Engine, store: Store): EngineOperations {
  const { blobs, launches, reads, plugins, workers, logs, feed } = engine;
  const ready = whenReady(engine);
  const muted = new MutedDesk(engine.loop, store);
  return {
    get isReady() {
      return engine.isReady;
    },
    get storeFailure() {
      return engine.loop.failure;
    },
    launchTask: ready((namespace, launch) => launches.launchTask(namespace, launch)),
    launchTasks: ready((namespace, launch) => launches.launchTasks(namespace, launch)),
    launchTaskset: ready((namespace, launch) => launches.launchTaskset(namespace, launch)),
    openTaskset: ready((namespace, header) => launches.openTaskset(namespace, header)),
    ...makeCommands(engine),
    getTask: (namespace, task) => reads.getTask(namespace, task),
    listTasks: (namespace, query) => reads.listTasks(namespace, query),
    waitTask: (namespace, task, options) => reads.waitTask(namespace, task, options),
    listTrials: (namespace, task) => reads.listTrials(namespace, task),
    listOffers: (namespace, task) => reads.listOffers(namespace, task),
    getTrial: (namespace, trial) => reads.getTrial(namespace, trial),
    getTaskset: (namespace, taskset) => reads.getTaskset(namespace, taskset),
    listTasksets: (namespace, query) => reads.listTasksets(namespace, query),
    waitTaskset: (namespace, taskset, options) => reads.waitTaskset(namespace, taskset, options),
    listPhases: (namespace, taskset) => reads.listPhases(namespace, taskset),
    reportTaskset: (namespace, taskset) => reads.reportTaskset(namespace, taskset),
    listFlaky: (namespace, query) => listFlaky(store, namespace, query),
    listMuted: (namespace, query) => muted.list(namespace, query),
    mute: ready((namespace, request) => muted.mute(namespace, request)),
    unmute: ready((namespace, request) => muted.unmute(namespace, request)),
    listEstimates: (namespace, query) => listEstimates(store, namespace, query),
    readLog: async (namespace, range) => {
      const slice = await store.readLog({ namespace, ...range });
      // Nothing there: the trial has written nothing so far, or there is no such trial.
      if (slice.nextOffset === slice.offset && !reads.isTrialLive(range.trial))
        await reads.getTrial(namespace, range.trial);
      return slice;
    },
    followLog: (_namespace, trial, callback) => ({
      isEnded: async () => {
        if (reads.isTrialLive(trial)) return false;
        // Memory knows of the end before its commit, and with that commit goes what the trial wrote last.
        await engine.loop.committed();
        return true;
      },
      stop: logs.follow(trial, callback),
    }),
    listPlugins: (namespace) => plugins.list(namespace),
    getPlugin: (namespace, plugin) => plugins.get(namespace, plugin),
    getRevision: (namespace, revision) => plugins.getRevision(namespace, revision),
    deployRevision: ready((namespace, plugin, request) => plugins.deploy(namespace, plugin, request)),
    switchDefault: ready((namespace, plugin, revision) => plugins.switchDefault(namespace, plugin, revision)),
    pruneRevisions: ready((namespace, plugin, request) => plugins.prune(namespace, plugin, request)),
    missingBlobs: (namespace, digests) => blobs.missing(namespace, digests),
    putBlob: (namespace, digest, bytes) => blobs.put(namespace, digest, bytes),
    openBlob: (namespace, digest) => blobs.open(namespace, digest),
    putPack: ready((namespace, bytes) => blobs.putPack(namespace, bytes)),
    openPack: (namespace, refs) => blobs.openPack(namespace, refs),
    listWorkers: (namespace) => workers.list(namespace),
    getWorker: (namespace, worker) => workers.get(namespace, worker),
    drainWorker: (namespace, worker, isDraining) => workers.drain(namespace, worker, isDraining),
    quarantineWorker: (namespace, worker, request) => workers.quarantine(namespace, worker, request),
    liftQuarantine: (namespace, worker, request) => workers.lift(namespace, worker, request),
    acceptWorker: (namespace, connection) => engine.acceptWorker(namespace, connection),
    events: (namespace) => feed.of(namespace),
    status: (namespace) => engine.status(namespace),
  };
}

type Ready = <A extends unknown[], R>(call: (...given: A) => Promise<R>) => (...given: A) => Promise<R>;

/** Lets a change through only while the engine takes work. */
function whenReady(engine: Engine): Ready {
  return (call) => {
    return async (...given) => {
      if (!engine.isReady)
        throw new CapstanError("shutting-down", "the engine is shutting down: send it again in a moment");
      return call(...given);
    };
  };
}

type Command = "cancelTask" | "rerunTask" | "pauseTaskset" | "resumeTaskset" | "cancelTaskset" | "rerunTaskset";

function makeCommands(engine: Engine): Pick<EngineOperations, Command> {
  const { commands, reads } = engine;
  const ready = whenReady(engine);
  return {
    cancelTask: ready(async (namespace, task) => {
      await commands.cancelTask(namespace, task);
      return reads.getTask(namespace, task);
    }),
    rerunTask: ready(async (namespace, task, rerun) => {
      await commands.rerunTask(namespace, task, rerun);
      return reads.getTask(namespace, task);
    }),
    pauseTaskset: ready(async (namespace, taskset, pause) => {
      await commands.pauseTaskset(namespace, taskset, pause);
      return reads.getTaskset(namespace, taskset);
    }),
    resumeTaskset: ready(async (namespace, taskset) => {
      await commands.resumeTaskset(namespace, taskset);
      return reads.getTaskset(namespace, taskset);
    }),
    cancelTaskset: ready(async (namespace, taskset) => {
      await commands.cancelTaskset(namespace, taskset);
      return reads.getTaskset(namespace, taskset);
    }),
    rerunTaskset: ready(async (namespace, taskset, rerun) => {
      await commands.rerunTaskset(namespace, taskset, rerun);
      return reads.getTaskset(namespace, taskset);
    }),
  };
}
