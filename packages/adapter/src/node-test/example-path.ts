/**
 * Ids of the examples of `node:test`: the names from outside in, with ` > ` behind a suite and ` >> ` behind a test that has
 * subtests, which has to run for them to exist.
 */
const afterSuite = " > ";
const afterTest = " >> ";

/** One test or suite around an example, or the example itself. */
export interface PathStep {
  readonly name: string;
  readonly isSuite: boolean;
}

export function pathId(path: readonly PathStep[]): string {
  return path
    .map(({ name, isSuite }, index) => {
      if (index === path.length - 1) return name;
      return name + (isSuite ? afterSuite : afterTest);
    })
    .join("");
}

/** Patterns that let the examples of these ids run, and as few others as this version of Node can leave out. */
export function idPatterns(ids: ReadonlySet<string>, nodeMajor: number): RegExp[] {
  const names = [...ids].flatMap((id) => [id, id.replace(/ #\d+$/, "")]);
  const texts = names.flatMap((name) => (nodeMajor < 22 ? ownNames(name) : fullNames(name)));
  return [...new Set(texts)].map((text) => new RegExp(`^${text}$`));
}

/** From version 22 on a pattern is held against the names of the suites and the test together. */
function fullNames(id: string): string[] {
  const steps = id.split(afterTest);
  return steps.map((_, index) => {
    const tests = steps.slice(0, index + 1).map((step) => step.split(afterSuite).map(escaped).join(`(?: > | )`));
    return tests.join(`(?: >> | )`);
  });
}

/** Before that, against the name of the test alone: any end of the path may be it, since names may have the signs in them. */
function ownNames(id: string): string[] {
  return id.split(afterTest).flatMap((step) => {
    const parts = step.split(afterSuite);
    return parts.map((_, index) => escaped(parts.slice(index).join(afterSuite)));
  });
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}
