/*
 * What runs the tasks of a plugin, without what describes them: a process that imports only this starts in a few ms, for
 * nothing here compiles schemas.
 */
export { findDefinition, findPlugin, isPlugin, type PluginCode } from "./plugin/find-plugin.js";
export { faultOf } from "./task/fault-of.js";
export { runTask, type TaskOutcome } from "./task/run-task.js";
export { makeTaskContext, type TaskContext, type TaskContextParts, type TrialFacts } from "./task/task-context.js";
export { makeTaskLog, type TaskLog } from "./task/task-log.js";
