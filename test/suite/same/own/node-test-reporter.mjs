/**
 * A reporter for `node --test`: none of its own tells of every test with its file and the names around it.
 * Writes a line of JSON for each example.
 */
import { resolve } from "node:path";

export default async function* reportLines(source) {
  const open = [];
  for await (const { type, data } of source) {
    if (type === "test:start") open.splice(data.nesting, open.length, data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    const verdict = verdictOf(type === "test:fail", data, open.slice(0, data.nesting + 1));
    if (verdict !== undefined) yield `${JSON.stringify(verdict)}\n`;
  }
}

function verdictOf(isFailed, data, names) {
  const { name, nesting, details, file = resolve(name) } = data;
  const isFile = nesting === 0 && resolve(name) === file;
  if (isFile || details?.type === "suite") {
    const isOwn = isFailed && (isFile || details?.error?.failureType !== "subtestsFailed");
    return isOwn ? { file, name: "", status: "failed" } : undefined;
  }
  const isSkipped = [data.skip, data.todo].some((mark) => mark !== undefined && mark !== false);
  const unskipped = isFailed ? "failed" : "passed";
  return { file, name: names.join(" > "), status: isSkipped ? "skipped" : unskipped };
}
