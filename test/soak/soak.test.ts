import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { withFolder } from "@capstan/testkit";
import { expect, test } from "vitest";
import type { Sample } from "./sample/sample.js";
import { soakRun } from "./soak-run.js";

test("a soak of a few seconds samples, draws and judges what really runs", async () => {
  await withFolder(async (out) => {
    const report = await soakRun({
      forMs: 2_000,
      out,
      seed: 1,
      sampleMs: 500,
      retention: { taskMs: 60_000, logMs: 60_000 },
      guestMs: 1_500,
      fill: 100,
      pace: 2,
    });
    expect(report.wrong).toEqual([]);
    const lines = (await readFile(report.files.samples, "utf8")).trim().split("\n");
    const samples = lines.map((line) => JSON.parse(line) as Sample);
    expect(samples.length).toBeGreaterThan(5);
    const { engine, workers, store, load } = samples.at(-1)!;
    expect(engine.finished).toBeGreaterThan(load.launched / 2);
    expect(engine.heapBytes).toBeGreaterThan(1e6);
    expect(Object.keys(workers)).toEqual(expect.arrayContaining(["first", "second"]));
    expect(store.databaseBytes + store.walBytes).toBeGreaterThan(0);
    expect(samples.some(({ probe }) => probe.count > 0 && probe.medianMs > 0)).toBe(true);
    expect(Object.keys(report.done).length).toBeGreaterThan(15);
    const plot = await readFile(report.files.plot, "utf8");
    expect(plot.match(/<path class="line/g)!.length).toBeGreaterThan(20);
    const judged = JSON.parse(await readFile(join(out, "judgement.json"), "utf8")) as typeof report;
    expect(judged.judgement).toEqual(report.judgement);
    const answers = new Map(report.judgement.findings.map(({ name, answer }) => [name, answer]));
    expect(answers.get("wrong outcomes")).toBe("flat");
    // A few seconds tell nothing of memory.
    expect(answers.get("engine: heap in use")).toBe("unclear");
  });
}, 60_000);
