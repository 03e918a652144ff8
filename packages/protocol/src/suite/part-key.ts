import type { FilePart } from "./file-report.js";

/** A part of a file, by its number. */
export interface NumberedPart extends Pick<FilePart, "number" | "of"> {
  readonly file: string;
}

/** The task key of a part of a file, such as `test/all.test.js (2/3)`. */
export function partKey({ file, number, of }: NumberedPart): string {
  return `${file} (${number}/${of})`;
}

const pattern = /^(.+) \((\d{1,2})\/(\d{1,2})\)$/s;

/** The part that a task key names; undefined when it names a whole file. */
export function readPartKey(key: string): NumberedPart | undefined {
  const [, file = "", number, of] = pattern.exec(key) ?? [];
  const part = { file, number: Number(number), of: Number(of) };
  return part.number >= 1 && part.of >= 2 && part.number <= part.of ? part : undefined;
}

/** The file that a task key names, whole or a part of it. */
export function fileOfKey(key: string): string {
  return readPartKey(key)?.file ?? key;
}
