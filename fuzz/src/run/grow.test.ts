import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

/** In a process of its own: coverage is counted from the start, in code that is not optimised. */
const script = `
  const { Coverage } = await import("./coverage/coverage.js");
  const coverage = new Coverage();
  coverage.start();
  const { BlockMap } = await import("./coverage/block-map.js");
  const { parseId } = await import("@capstan/protocol");
  const map = new BlockMap();
  const news = (text) => {
    coverage.take();
    try { parseId("task", text); } catch {}
    return map.add(coverage.take());
  };
  const id = "task_" + "0".repeat(22);
  console.log(JSON.stringify([id, id, "nonsense", "other", "task_" + "~".repeat(22)].map((text) => news(text) > 0)));
`;

test("coverage tells an input that reaches new code from one that does not", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--no-opt", "--input-type=module", "-e", script], {
    cwd: new URL("../", import.meta.url),
  });
  expect(JSON.parse(stdout)).toEqual([true, false, true, false, true]);
});
