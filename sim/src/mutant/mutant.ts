/** A fault that somebody could build into the code: a text of one source file, and what stands in its place then. */
export interface Mutant {
  readonly name: string;
  /** The promise that it breaks, in a few words. */
  readonly breaks: string;
  /** Path of the source file from the root of the repository. */
  readonly file: string;
  /** Occurs in the file exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** The source with the fault in it. @throws Error when the text is not there exactly once. */
export function mutate({ name, file, find, replace }: Mutant, source: string): string {
  const parts = source.split(find);
  if (parts.length !== 2)
    throw new Error(`${name}: its text occurs ${parts.length - 1} times in ${file}: the mutant needs another one`);
  return parts.join(replace);
}
