import { tableRows, type TableRow } from "../markdown.js";
import type { Rule } from "../rule.js";
import type { SourceTree } from "../source-tree.js";
import { testNames } from "../test-names.js";
import { manifestOf } from "../workspace.js";

const page = "docs/conformance.md";

/** The page that says, for each promise, what shows it, may not name what does not exist. */
export const conformance: Rule = {
  name: "conformance",
  promise: `every row of ${page} is shown by a test or command that exists`,
  check: (tree) => {
    if (!tree.has(page)) return [{ path: page, message: "is missing" }];
    const rows = tableRows(tree.text(page));
    const seen = new Set<string>();
    return rows.flatMap((row) => {
      const id = row.cells[0] ?? "";
      const problems = [
        ...shapeProblems(row),
        ...(seen.has(id) ? [`repeats the id ${id}`] : []),
        ...evidenceProblems(tree, row),
      ];
      seen.add(id);
      return problems.map((message) => ({ path: page, line: row.line, message }));
    });
  },
};

function shapeProblems({ cells }: TableRow): string[] {
  const [id = "", promise = "", shownBy = ""] = cells;
  if (cells.length !== 3 || promise === "" || shownBy === "") return ["is not a row of id, promise and shown by"];
  return /^[A-Za-z\d]+(-[a-z\d]+)*$/.test(id) ? [] : [`has the id ${id}: write it in kebab-case`];
}

function evidenceProblems(tree: SourceTree, { cells }: TableRow): string[] {
  const pieces = (cells[2] ?? "").split(/<br ?\/?>/).map((piece) => piece.trim());
  return pieces.flatMap((piece) => evidenceProblem(tree, piece) ?? []);
}

/** What is wrong with one piece of evidence: `not yet`, a command in backticks, or `path › test name`. */
function evidenceProblem(tree: SourceTree, piece: string): string | undefined {
  if (piece === "" || piece === "not yet") return undefined;
  const command = /^`([^`]+)`$/.exec(piece)?.[1];
  if (command !== undefined) return commandProblem(tree, command);
  const [path = "", ...names] = piece.split(" › ").map((part) => part.replaceAll(/^`|`$/g, "").trim());
  if (names.length === 0)
    return `is shown by ${piece}: name a test as \`path › name\`, a command in backticks, or \`not yet\``;
  if (!tree.has(path)) return `is shown by ${path}, which does not exist`;
  const known = testNames(tree.module(path));
  return names
    .filter((name) => !known.has(name))
    .map((name) => `is shown by a test "${name}", which ${path} does not have`)[0];
}

function commandProblem(tree: SourceTree, command: string): string | undefined {
  const { scripts = {} } = manifestOf(tree, "");
  const script = /^npm run ([^\s]+)/.exec(command)?.[1] ?? (/^npm test\b/.test(command) ? "test" : undefined);
  if (script !== undefined)
    return script in scripts ? undefined : `is shown by ${command}, but package.json has no script ${script}`;
  return tree.has(command.split(" ")[0] ?? "")
    ? undefined
    : `is shown by ${command}, which is no script of package.json and no file`;
}
