import type { Output } from "../io/output.js";
import { oneLine, plain } from "./control.js";
import { cut, pad, width } from "./text.js";

/** One column of a list. */
export interface Column<T> {
  readonly title: string;
  /** For people; may be coloured. */
  readonly cell: (item: T) => string;
  /** For pipes, where it is another than the cell without colours: exact and unabridged. */
  readonly value?: (item: T) => string | number;
  readonly isRight?: boolean;
  /** It gives way first where the terminal is too narrow; default false. */
  readonly isElastic?: boolean;
}

const gap = "  ";
const elasticMin = 8;

/** A list as a table with aligned columns, titles above. */
export function tableLines<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  { style, columns: space }: Frame,
): string[] {
  const cells = items.map((item) => columns.map((column) => column.cell(item)));
  const widths = columns.map(({ title }, at) => Math.max(width(title), ...cells.map((row) => width(row[at]!))));
  fit(widths, columns, space);
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => {
        const room = widths[at]!;
        const text = width(cell) > room ? cut(plain(cell), room) : cell;
        return at === row.length - 1 && columns[at]!.isRight !== true ? text : pad(text, room, columns[at]!.isRight);
      })
      .join(gap)
      .trimEnd();
  return [style.dim(line(columns.map(({ title }) => title))), ...cells.map(line)];
}

type Frame = Pick<Output, "style" | "columns">;

/** Takes what is too much from the elastic columns, the widest first. */
function fit(widths: number[], columns: readonly Column<never>[], space: number): void {
  let over = widths.reduce((sum, each) => sum + each, 0) + gap.length * (widths.length - 1) - space;
  while (over > 0) {
    let widest = -1;
    for (const [at, column] of columns.entries()) {
      const isCandidate = column.isElastic === true && widths[at]! > elasticMin;
      if (isCandidate && (widest < 0 || widths[at]! > widths[widest]!)) widest = at;
    }
    if (widest < 0) return;
    widths[widest]! -= 1;
    over -= 1;
  }
}

/** A list as tab-separated lines without titles. */
export function tabLines<T>(items: readonly T[], columns: readonly Column<T>[]): string[] {
  return items.map((item) => columns.map(({ cell, value }) => oneLine(String((value ?? cell)(item)))).join("\t"));
}

export interface ListOptions<T> {
  readonly columns: readonly Column<T>[];
  /** Said on a terminal when there is nothing. */
  readonly empty: string;
  /** Ends the list after so many. */
  readonly limit?: number | undefined;
}

/** Items of a table that are laid out together: a long list appears while it is still being read. */
const blockItems = 200;

/** Prints a list in the form that the reader takes: a table, tab-separated lines, or JSON lines. */
export async function printList<T>(
  output: Output,
  items: Iterable<T> | AsyncIterable<T>,
  options: ListOptions<T>,
): Promise<void> {
  const { columns, empty, limit = Number.POSITIVE_INFINITY } = options;
  let block: T[] = [];
  let count = 0;
  const print = async (): Promise<void> => {
    const isFirst = count <= block.length;
    await output.flow(blockText(output, block, { columns, isFirst }));
    block = [];
  };
  for await (const item of items) {
    count += 1;
    block.push(item);
    if (block.length >= blockItems) await print();
    if (count >= limit || output.closed.aborted) break;
  }
  if (block.length > 0) await print();
  if (count === 0 && output.isTerminal) output.line(output.style.dim(empty));
}

function blockText<T>(
  output: Output,
  items: readonly T[],
  { columns, isFirst }: { columns: readonly Column<T>[]; isFirst: boolean },
): string {
  let lines: readonly string[];
  if (output.isJson) lines = items.map((item) => JSON.stringify(item));
  else if (!output.isTerminal) lines = tabLines(items, columns);
  else lines = tableLines(items, columns, output).slice(isFirst ? 0 : 1);
  return `${lines.join("\n")}\n`;
}
