import { Type } from "../schema/typebox.js";
import { Closed } from "../schema/scalar.js";
import { FileInput } from "./file-report.js";

/** A file that runs before another one: of its results nothing is told. */
export const EarlierFile = Closed({ file: FileInput.properties.file, command: FileInput.properties.command });
export type EarlierFile = Type.Static<typeof EarlierFile>;

/** The input of a trial that runs files one after another in one executor, and tells of the last. */
export const FileSequence = Closed({
  ...FileInput.properties,
  before: Type.Array(EarlierFile, { maxItems: 10_000, description: "what runs before it, in this order" }),
});
export type FileSequence = Type.Static<typeof FileSequence>;
