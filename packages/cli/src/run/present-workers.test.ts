import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Script } from "@capstan/testkit";
import type { WorkerStatus, WorkerView } from "@capstan/protocol";
import { describe, expect, test } from "vitest";
import { bin, useBed } from "../engine.test.support.js";
import { presentWorkers } from "./present-workers.js";

const bed = useBed();
const worker = (id: string, status: WorkerStatus): WorkerView => ({ id, name: id, status, slots: 2 }) as WorkerView;

describe("the workers that are there", () => {
  test("is who is there, and nothing has changed at the first look", () => {
    const now = [worker("a", "ready"), worker("b", "gone"), worker("c", "unreachable")];
    expect(presentWorkers(now, undefined)).toEqual({ workers: 2, slots: 4, changes: [] });
  });

  test.each([
    ["ready", "lost", ["was lost"]],
    ["ready", "gone", ["left"]],
    ["ready", "draining", ["drains"]],
    ["ready", "unreachable", ["is unreachable"]],
    ["unreachable", "ready", ["is back"]],
    ["gone", "ready", ["joined with 2 slots"]],
    ["joining", "ready", []],
    ["ready", "ready", []],
    ["ready", undefined, ["left"]],
    ["gone", undefined, []],
    [undefined, "ready", ["joined with 2 slots"]],
    [undefined, "gone", []],
  ] as const)("from %s to %s is told as %j", (was, is, words) => {
    const at = (status: WorkerStatus | undefined): WorkerView[] => (status === undefined ? [] : [worker("a", status)]);
    expect(presentWorkers(at(is), at(was)).changes.map(({ change }) => change)).toEqual(words);
  });

  test("is told while a taskset runs: who comes, and who goes", async () => {
    const gate = join(bed.folder, "gate");
    let extra: Promise<Script> | undefined;
    let isLeaving = false;
    const { code, stdout } = await bed.call(["run", "--", `echo; while [ ! -e ${gate} ]; do sleep 0.05; done`], {
      onStdout: (text) => {
        // It joins when the taskset is shown, goes when it was seen to join, and the taskset ends when it was seen to go.
        extra ??= Script.start(bin, {
          args: ["worker", "--name", "extra", "--slots", "3"],
          env: bed.env,
          cwd: bed.folder,
        });
        if (text.includes("extra joined") && !isLeaving) void extra.then((script) => script.stop("SIGTERM"));
        isLeaving = text.includes("extra joined");
        if (text.includes("extra left")) void writeFile(gate, "");
      },
    });
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/\nworker extra joined with 3 slots\n(worker extra drains\n)?worker extra left\n/);
  }, 60_000);
});
