import type { Rule } from "../rule.js";

const linesMax = 500;
const testLinesMax = 800;

/** A file that grows past the limit holds two things. */
export const fileLength: Rule = {
  name: "file-length",
  promise: `no file has over ${linesMax} lines, no test over ${testLinesMax}`,
  check: (tree) =>
    tree.modules.flatMap(({ path, lineCount, isTest }) => {
      const max = isTest ? testLinesMax : linesMax;
      return lineCount > max
        ? [{ path, message: `has ${lineCount} lines, over ${max}: look for two things in it` }]
        : [];
    }),
};
