import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { Adapter } from "../adapter.js";
import { commandAdapter } from "../command/adapter.js";
import { TestExecutor } from "../executor.test.support.js";
import { framedAdapter } from "./framed-adapter.js";

const scratch = mkdtempSync(join(tmpdir(), "capstan-early-stop-"));
afterAll(() => rmSync(scratch, { recursive: true }));

it("files before do not run when the trial is stopped while the program of the adapter starts", async () => {
  const [gate, marks] = [join(scratch, "gate"), join(scratch, "marks")];
  execFileSync("mkfifo", [gate]);
  writeFileSync(marks, "");
  const script = `echo starting; read -r _ < ${gate}; exec "$@"`;
  const gated: Adapter = { ...commandAdapter, command: ["sh", "-c", script, "sh", ...commandAdapter.command] };
  const executor = await TestExecutor.start(framedAdapter(gated, {}));
  const stop = (trial: string): void =>
    void executor.child.stdout?.once("data", () => {
      executor.send({ type: "stop", trial });
      writeFileSync(gate, "on\n");
    });
  const before = ["a", "b"].map((file) => ({ file, command: { line: `echo ${file} >> ${marks}` } }));
  const input = { file: "c", command: { line: "sleep 100" }, root: scratch, before };
  const result = await executor.run(input, { onTrial: stop });
  expect(result).toMatchObject({ type: "result", status: "failed", stdout: "starting\n" });
  expect(readFileSync(marks, "utf8")).toBe("");
  await executor.close();
});
