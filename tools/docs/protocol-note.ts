import type { EngineMessageType, WorkerMessageType } from "@capstan/protocol";

/** What a message says, and what its fields mean where their names do not say it. */
export interface MessageNote {
  readonly says: string;
  readonly fields?: Readonly<Record<string, string>>;
}

const report = {
  token: "the lease's token, as the grant gave it",
  "timings.durationMs": "from start to end of the code",
  "timings.loadMs": "loading before that",
  "usage.cpuMs": "processor time, children included where it is known",
  hasBegun: "whether the task's code began; what never began costs the task nothing",
  wasAlone: "`false` when other trials died with it in the same executor; left out: `true`",
};

export const workerNotes: Readonly<Record<WorkerMessageType, MessageNote>> = {
  hello: {
    says: "Joins, or resumes a session. The first message of every connection.",
    fields: {
      protocol: "the version that the worker speaks",
      name: "shown to people; need not be unique",
      labels: "what tasks may ask for",
      slots: "trials at a time",
      revisions: "held: loaded, or loadable without fetching",
      session: "as the last `welcome` gave it; left out by a new worker",
      trials: "everything that runs, or whose report was not answered",
      "trials[].state": "`ended`: its report follows",
      workspaces: "whose workspaces are here or on their way; it is told which are not needed any more",
    },
  },
  acquire: {
    says: "A standing demand: so many offers more may be made.",
    fields: {
      revisions: "what it takes from now on; `any`: what it does not hold it will fetch",
      credits: "are added to those that are left",
    },
  },
  preparing: { says: "The revision is being fetched or loaded. Holds no task." },
  prepared: { says: "The revision is held from now on." },
  dropped: { says: "The revision is not held any more, or could not be loaded." },
  workspaceReady: { says: "The workspace of the taskset is here and set up: its tasks may be offered." },
  phaseEnded: {
    says: "What the worker does for a taskset beside its tasks has ended. A worker whose sync or setup failed is kept from the taskset.",
    fields: { message: "why it did not succeed, for people", log: "the end of what it wrote" },
  },
  getDeployInfo: { says: "Asks what to load beforehand." },
  accept: { says: "Takes an offer: an executor is ready.", fields: { executor: "which one, for people" } },
  decline: { says: "Refuses an offer.", fields: { message: "why, for people" } },
  log: {
    says: "A piece of a trial's output.",
    fields: { sequence: "counts up from 1 over both streams of the trial", text: "UTF-8 characters are never split" },
  },
  progress: { says: "How far a trial is. Only the last one counts.", fields: { fraction: "0 to 1" } },
  result: {
    says: "The end of a trial that ended by itself or at a deadline.",
    fields: {
      ...report,
      output: "any JSON up to 64 KiB; what is larger is a blob",
      outputBlob: "instead of `output`: uploaded before the report leaves",
      counts: "examples run, failed …: for the report",
      "error.isRetryable": "`false`: trying again is of no use",
    },
  },
  stopped: {
    says: "The end of a trial that the engine asked to stop, that the worker gave up, or that it never began.",
    fields: { ...report, reason: "why the worker gave it up" },
  },
  heartbeat: {
    says: "A sign of life.",
    fields: {
      sequence: "comes back in the answer",
      trials: "all that run or wait to be answered; left out when nothing changed since the last one",
    },
  },
  leave: { says: "The worker takes no more; said again when nothing is left, it ends the session." },
  workerDied: {
    says: "Said by a worker's spawner on a connection of its own: the worker's process is gone, and what ran there has been ended.",
    fields: { secret: "the session's", trials: "that ran when it died" },
  },
};

export const engineNotes: Readonly<Record<EngineMessageType, MessageNote>> = {
  welcome: {
    says: "The answer to `hello`, after its commit.",
    fields: {
      protocol: "the version that both speak from now on",
      worker: "who the worker is while the session lasts",
      "session.secret": "needed to resume the session and for `workerDied`",
      isResumed: "`false`: the session is new, and what the old one had is not known any more",
      heartbeatMs: "how often to send heartbeats",
      leaseMs: "the default; a grant has its own",
      engines: "addresses of other engines; empty in version 1",
      fates: "one for each trial of `hello`",
      "fates[].fate": "`adopted`: go on, or report; `stop`: end it, nobody waits for it",
    },
  },
  refuse: {
    says: "The engine will not have this connection, which closes after it.",
    fields: { code: "from the [errors](errors.md)" },
  },
  offer: {
    says: "A task is proposed.",
    fields: {
      offer: "its number in this engine's life; unique in the session",
      estimateMs: "what it is expected to take",
      isPrefetch: "`true`: beyond the credits; waits for the next slot that frees",
      isAlone: "`true`: its trial shall have an executor of its own",
      needsWorkspace: "`true`: fetch and set up the workspace of its taskset first, and decline until it is ready",
    },
  },
  revoke: { says: "The offer is taken back. It may have been accepted already." },
  noMoreTasks: {
    says: "Advice: nothing unfinished of that revision here. Any later offer of it takes the advice back.",
  },
  releaseWorkspace: { says: "The taskset has ended: clean its workspace up, and remove it." },
  deployInfo: { says: "The revision with the most queued tasks that the worker may run and does not hold." },
  noDeployInfo: { says: "Nothing is waiting for a revision that the worker does not hold." },
  grant: {
    says: "The trial may start.",
    fields: {
      offer: "the accepted one",
      token: "opaque; accompanies the report",
      key: "the task's name within its taskset",
      number: "of the trial within the round, from 1",
      "limits.softMs": "then the code is told to end …",
      "limits.hardMs": "… and then it is killed, with all its children",
      "limits.stopGraceMs": "between a `stop` and the kill",
      "limits.outputBytesMax": "of each trial's stdout and stderr together; head and tail are kept",
      isSafeToRerun: "`false`: it MUST end at 0.8 of its lease when the engine is silent",
      input: "left out when there is none",
      inputBlob: "instead of `input` when it is large",
    },
  },
  halt: {
    says: "The accepted offer MUST NOT start.",
    fields: { reason: "`limit`: permits or slots ran out meanwhile; `unknown-offer`: answered too late" },
  },
  stop: { says: "A running trial must end.", fields: { graceMs: "until it is killed" } },
  accepted: { says: "The report is stored. The worker forgets the trial." },
  refused: {
    says: "The report is not wanted. The worker forgets the trial.",
    fields: { reason: "see [reports](protocol.md#reports)" },
  },
  logged: { says: "The output of the trial is stored up to that sequence.", fields: { sequence: "including it" } },
  heartbeat: {
    says: "Answers a heartbeat and renews all leases of the session.",
    fields: { unknown: "trials that the worker named and the engine does not wait for: they are stopped" },
  },
  drain: { says: "No more offers will come. What runs goes on." },
  undrain: { says: "Offers may come again." },
};
