import Type from "typebox";
import { limits } from "../limit.js";
import { BlobRef, Closed, Milliseconds } from "../schema/scalar.js";

/** A script that a worker runs once for a taskset, with `sh -e` in the taskset's workspace. */
export const PhaseScript = Closed({
  script: Type.String({ minLength: 1, maxLength: limits.phaseScriptBytesMax, description: "lines for `sh -e`" }),
  env: Type.Optional(Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 32_768 }))),
  timeoutMs: Type.Optional(Milliseconds),
});
export type PhaseScript = Type.Static<typeof PhaseScript>;

/** The files that the tasks of a taskset need, and what a worker does before the first and after the last of them. */
export const Workspace = Closed({
  /** The canonical JSON of the tree, stored as a blob; so are its files. */
  tree: BlobRef,
  syncTimeoutMs: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 24 * 3_600_000, description: "For fetching and writing it; default 10 min" }),
  ),
  setup: Type.Optional(PhaseScript),
  cleanUp: Type.Optional(PhaseScript),
  isStrict: Type.Optional(
    Type.Boolean({ description: "Whether the taskset fails when one worker fails to get ready; default: when all do" }),
  ),
});
export type Workspace = Type.Static<typeof Workspace>;
