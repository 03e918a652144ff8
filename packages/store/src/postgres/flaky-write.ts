import { createHash } from "node:crypto";
import { limits } from "@capstan/protocol/plain";
import { flakyCells, flakyColumns } from "../row/flaky-row.js";
import type { Value } from "../row/value.js";
import type { Runner } from "./session.js";
import { onConflict, trimStatement } from "./table-statement.js";

type Example = { readonly id: string; readonly name: string };

const idLengthMax = 1_000;
const nameLengthMax = 500;
const key = ["namespace", "class", "key_hash", "at_ms", "task"];

/** Outputs are read here, not in the server: one that holds what its JSON refuses would break the commit. */
const trialsSql = `SELECT n, status, output FROM trial
  WHERE namespace = $1 AND task = $2 AND round = $3 AND is_counted = 1 ORDER BY n`;
const insertSql = `INSERT INTO flaky (${flakyColumns.join(", ")}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ${onConflict(flakyColumns, key)}`;
const trim = trimStatement("flaky", ["namespace", "class", "key_hash"], {
  order: ["at_ms", "task"],
  keep: limits.flakyMax,
});

/** Adds records of flaky verdicts from what their earlier trials say, and drops those of their keys beyond the last few. */
export async function writeFlaky(runner: Runner, cells: readonly Value[]): Promise<void> {
  const keys: [string[], string[], string[]] = [[], [], []];
  for (let at = 0; at < cells.length; at += flakyCells) {
    const [namespace, name, task, round] = [cells[at]!, cells[at + 2]!, cells[at + 4]!, cells[at + 7]!];
    const { rows } = await runner.run(trialsSql, namespace, task, round);
    const failed = rows.filter(([, status]) => status === "failed" || status === "error" || status === "timeout");
    const examples = failedExamples(rows.map(([, , output]) => output as string | null));
    const last = failed.at(-1)?.[0] ?? null;
    await runner.run(insertSql, ...cells.slice(at, at + 7), last, JSON.stringify(examples));
    keys[0].push(namespace as string);
    keys[1].push(cells[at + 1] as string);
    keys[2].push(
      createHash("md5")
        .update(name as string)
        .digest("hex"),
    );
  }
  await runner.run(trim.text, ...keys);
}

/** The examples that failed, each once. An output is what a trial likes: only objects with texts count, and nothing else is an error. */
export function failedExamples(outputs: readonly (string | null)[]): readonly Example[] {
  const found = new Map<string, Example>();
  for (const example of outputs.flatMap(examplesOf)) {
    if (found.size >= limits.flakyExamplesMax) break;
    if (typeof example !== "object" || example === null) continue;
    const { id, name, status } = example as Partial<Record<string, unknown>>;
    if (status !== "failed" || typeof id !== "string" || typeof name !== "string" || id.length > idLengthMax) continue;
    const short = { id, name: name.slice(0, nameLengthMax) };
    const known = JSON.stringify(short);
    if (!found.has(known)) found.set(known, short);
  }
  return [...found.values()];
}

function examplesOf(output: string | null): readonly unknown[] {
  if (output === null) return [];
  try {
    const parsed = JSON.parse(output) as unknown;
    const examples = (parsed as { readonly examples?: unknown } | null)?.examples;
    return typeof examples === "object" && examples !== null ? Object.values(examples) : [];
  } catch {
    return [];
  }
}
