import { posix } from "node:path";
import { relativeLinks } from "../markdown.js";
import type { Rule } from "../rule.js";
import type { SourceTree } from "../source-tree.js";

/** A link between pages, or from a page to the code, leads somewhere. */
export const docLink: Rule = {
  name: "doc-link",
  promise: "every link of a page leads to a file and a heading that exist",
  check: (tree) =>
    tree.paths
      .filter((path) => path.endsWith(".md"))
      .flatMap((path) =>
        relativeLinks(tree.text(path))
          .filter(({ target }) => !leadsSomewhere(tree, path, target))
          .map(({ target, line }) => ({ path, line, message: `links to ${target}, which does not exist` })),
      ),
};

function leadsSomewhere(tree: SourceTree, from: string, target: string): boolean {
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? from : posix.join(posix.dirname(from), decodeURI(file)).replace(/\/$/, "");
  if (!tree.has(path)) return anchor === undefined && tree.paths.some((each) => each.startsWith(`${path}/`));
  return anchor === undefined || !path.endsWith(".md") || anchors(tree.text(path)).includes(anchor);
}

/** The anchors that GitHub gives to the headings of a page. */
function anchors(text: string): string[] {
  return Array.from(text.matchAll(/^#+ +(.+)$/gm), (match) =>
    (match[1] ?? "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}
