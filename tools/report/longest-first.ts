import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes minutes and ends last keeps one process busy while the others have nothing left. */
const longest = /\/(guide|misbehaving|engine-crash)\.test\.js$/;

/** Begins with the files that take longest. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    // oxlint-disable-next-line unicorn/no-array-sort -- a method of that name, of no array.
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => longest.test(moduleId);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
