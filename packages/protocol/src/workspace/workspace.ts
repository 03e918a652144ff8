import { Type } from "../schema/typebox.js";
import { limits } from "../limit.js";
import { BlobRef, Closed, Milliseconds } from "../schema/scalar.js";

/** What the system can take: it ends a text at the first NUL, and a variable's name at the first `=`. */
const plainPattern = "^[^\\u0000]*$";
const variablePattern = "^[^=\\u0000]{1,200}$";

/** A script that a worker runs once for a taskset, with `sh -e` in the taskset's workspace. */
export const PhaseScript = Closed({
  script: Type.String({
    minLength: 1,
    maxLength: limits.phaseScriptBytesMax,
    pattern: plainPattern,
    description: "lines for `sh -e`",
  }),
  env: Type.Optional(
    Type.Record(Type.String({ pattern: variablePattern }), Type.String({ maxLength: 32_768, pattern: plainPattern }), {
      additionalProperties: false,
    }),
  ),
  /** By default what its worker gives a setup, 10 min unless set otherwise, and 1 min for a clean-up. */
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
