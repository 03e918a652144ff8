/** One row of a table, cells trimmed, with the line that it stands on. */
export interface TableRow {
  readonly cells: readonly string[];
  readonly line: number;
}

/** The rows of all tables of a page, without heads and rules. A `\|` in a cell is a bar. */
export function tableRows(text: string): TableRow[] {
  const lines = text.split("\n");
  const isRule = (content: string | undefined) => content !== undefined && /^\|[\s:|-]+\|\s*$/.test(content);
  return lines.flatMap((content, index) => {
    if (!content.startsWith("|") || isRule(content) || isRule(lines[index + 1])) return [];
    return [{ cells: cellsOf(content), line: index + 1 }];
  });
}

function cellsOf(row: string): string[] {
  return row
    .trim()
    .replaceAll(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll("\\|", "|").trim());
}

/** A link to a place in the repository. */
export interface RelativeLink {
  readonly target: string;
  readonly line: number;
}

/** The relative links of a page; code blocks are left out. */
export function relativeLinks(text: string): RelativeLink[] {
  let isCode = false;
  return text.split("\n").flatMap((content, index) => {
    if (/^\s*(```|~~~)/.test(content)) isCode = !isCode;
    if (isCode) return [];
    const links = content.replaceAll(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g);
    return Array.from(links, (match) => ({ target: match[1] ?? "", line: index + 1 })).filter(
      ({ target }) => !/^([a-z]+:|\/\/)/.test(target),
    );
  });
}
