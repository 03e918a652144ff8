import type { VerbEntry } from "./verb.js";

const start = "Start:";
const work = "Work:";
const look = "Look:";
const steer = "Steer:";

/** Every verb of the command line. A new verb is a file in this folder and an entry here. */
export const verbs: readonly VerbEntry[] = [
  {
    name: "up",
    group: start,
    summary: "start an engine with workers, all in one",
    load: async () => (await import("./up.js")).defineUp,
  },
  {
    name: "engine",
    group: start,
    summary: "start an engine",
    load: async () => (await import("./engine.js")).defineEngine,
  },
  {
    name: "worker",
    group: start,
    summary: "start a worker on this machine",
    load: async () => (await import("./worker.js")).defineWorker,
  },
  {
    name: "store",
    group: start,
    summary: "copy a store between SQLite and PostgreSQL",
    load: async () => (await import("./store.js")).defineStore,
  },
  {
    name: "run",
    group: work,
    summary: "run commands over files, lines or a list, and wait for their verdicts",
    load: async () => (await import("./run.js")).defineRun,
  },
  {
    name: "test",
    group: work,
    summary: "run a test suite, file by file, and wait for its verdict",
    load: async () => (await import("./test.js")).defineTest,
  },
  {
    name: "grind",
    group: work,
    summary: "run test files many times, and say how often they fail",
    load: async () => (await import("./grind.js")).defineGrind,
  },
  {
    name: "bisect",
    group: work,
    summary: "find which earlier test files break one",
    load: async () => (await import("./bisect.js")).defineBisect,
  },
  {
    name: "launch",
    group: work,
    summary: "launch a task, or a taskset from NDJSON",
    load: async () => (await import("./launch.js")).defineLaunch,
  },
  {
    name: "deploy",
    group: work,
    summary: "deploy a folder as a revision of its plugin",
    load: async () => (await import("./deploy.js")).defineDeploy,
  },
  {
    name: "wait",
    group: work,
    summary: "wait for the verdict of a task or the end of a taskset",
    load: async () => (await import("./wait.js")).defineWait,
  },
  {
    name: "show",
    group: look,
    summary: "show how a task or taskset stands, and its failures with their output",
    load: async () => (await import("./show.js")).defineShow,
  },
  {
    name: "logs",
    group: look,
    summary: "show what a trial or task wrote",
    load: async () => (await import("./logs.js")).defineLogs,
  },
  {
    name: "tasks",
    group: look,
    summary: "list tasks, show one",
    load: async () => (await import("./tasks.js")).defineTasks,
  },
  {
    name: "tasksets",
    group: look,
    summary: "list tasksets, show one, get its report",
    load: async () => (await import("./tasksets.js")).defineTasksets,
  },
  {
    name: "trials",
    group: look,
    summary: "list the trials of a task, show one",
    load: async () => (await import("./trials.js")).defineTrials,
  },
  {
    name: "flaky",
    group: look,
    summary: "list tasks that were flaky, how often, when and where",
    load: async () => (await import("./flaky.js")).defineFlaky,
  },
  {
    name: "muted",
    group: look,
    summary: "list muted tests, why they are and until when",
    load: async () => (await import("./muted.js")).defineMuted,
  },
  {
    name: "workers",
    group: look,
    summary: "list workers, show one",
    load: async () => (await import("./workers.js")).defineWorkers,
  },
  {
    name: "plugins",
    group: look,
    summary: "list plugins, show one, switch its default revision, prune old ones",
    load: async () => (await import("./plugins.js")).definePlugins,
  },
  {
    name: "events",
    group: look,
    summary: "show every change of state as it is committed",
    load: async () => (await import("./events.js")).defineEvents,
  },
  {
    name: "status",
    group: look,
    summary: "show the engine at a glance",
    load: async () => (await import("./status.js")).defineStatus,
  },
  {
    name: "cancel",
    group: steer,
    summary: "cancel tasks or tasksets",
    load: async () => (await import("./cancel.js")).defineCancel,
  },
  {
    name: "pause",
    group: steer,
    summary: "grant nothing more of a taskset",
    load: async () => (await import("./pause.js")).definePause,
  },
  {
    name: "resume",
    group: steer,
    summary: "go on with a paused taskset",
    load: async () => (await import("./resume.js")).defineResume,
  },
  {
    name: "rerun",
    group: steer,
    summary: "open a new round of what did not succeed",
    load: async () => (await import("./rerun.js")).defineRerun,
  },
  {
    name: "drain",
    group: steer,
    summary: "offer a worker nothing more",
    load: async () => (await import("./drain.js")).defineDrain,
  },
  {
    name: "quarantine",
    group: steer,
    summary: "keep a taskset or plugin away from a worker",
    load: async () => (await import("./quarantine.js")).defineQuarantine,
  },
  {
    name: "lift",
    group: steer,
    summary: "lift a quarantine",
    load: async () => (await import("./lift.js")).defineLift,
  },
  {
    name: "mute",
    group: steer,
    summary: "let a test or example run without failing its suite",
    load: async () => (await import("./mute.js")).defineMute,
  },
  {
    name: "unmute",
    group: steer,
    summary: "let muted tests fail their suite again",
    load: async () => (await import("./unmute.js")).defineUnmute,
  },
];
