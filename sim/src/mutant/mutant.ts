/** A text of one source file, and what stands in its place. */
export interface Edit {
  /** Path of the source file from the root of the repository. */
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** A fault that somebody could build into the code. */
export interface Mutant extends Edit {
  readonly name: string;
  /** The promise that it breaks, in a few words. */
  readonly breaks: string;
  /** Where a second guard would hide the fault: that is taken away too. */
  readonly also?: readonly Edit[];
}

export function filesOf({ file, also = [] }: Mutant): string[] {
  return [...new Set([file, ...also.map((edit) => edit.file)])];
}

/** The source of one of its files with the fault in it. @throws Error when a text is not there exactly once. */
export function mutate({ name, also = [], ...edit }: Mutant, file: string, source: string): string {
  let mutated = source;
  for (const { find, replace } of [edit, ...also].filter((each) => each.file === file)) {
    const parts = mutated.split(find);
    if (parts.length !== 2)
      throw new Error(`${name}: its text occurs ${parts.length - 1} times in ${file}: the mutant needs another one`);
    mutated = parts.join(replace);
  }
  return mutated;
}
