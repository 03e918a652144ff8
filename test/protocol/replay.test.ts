import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { decodeEngineFrame, decodeWorkerFrame, EngineMessage, protocolVersion, WorkerMessage } from "@capstan/protocol";
import { withFolder } from "@capstan/testkit";
import { describe, expect, it } from "vitest";
import type { Recording } from "./recording.js";
import { Replay } from "./replay.js";
import { Stage } from "./stage.js";

const folder = join(import.meta.dirname, "../../protocol");
const files = (await readdir(folder)).filter((name) => /^version-\d+\.json$/.test(name));
const recordings = await Promise.all(
  files.map(async (name) => JSON.parse(await readFile(join(folder, name), "utf8")) as Recording),
);

describe("recorded frames", () => {
  it("are kept of the present version, and have every message in them", () => {
    const present = recordings.find(({ protocol }) => protocol === protocolVersion)!;
    const said = (side: "worker" | "engine"): Set<string> =>
      new Set(
        present.entries.flatMap((entry) => {
          const frames = entry as { worker?: { type: string }[]; engine?: { type: string }[] };
          return (frames[side] ?? []).map(({ type }) => type);
        }),
      );
    const typesOf = (union: { anyOf: unknown[] }): string[] =>
      union.anyOf.map((schema) => (schema as { properties: { type: { const: string } } }).properties.type.const);
    expect([...said("worker")].toSorted()).toEqual(typesOf(WorkerMessage).toSorted());
    expect([...said("engine")].toSorted()).toEqual(typesOf(EngineMessage).toSorted());
  });

  it.each(recordings.map((recording) => [recording.protocol, recording] as const))(
    "of version %i are understood by the decoders",
    (_, { entries }) => {
      for (const entry of entries) {
        if ("worker" in entry) expect(decodeWorkerFrame(JSON.stringify(entry.worker))).toEqual(entry.worker);
        if ("engine" in entry) expect(decodeEngineFrame(JSON.stringify(entry.engine))).toEqual(entry.engine);
      }
    },
  );

  it.each(recordings.map((recording) => [recording.protocol, recording] as const))(
    "of a worker of version %i get the same kinds of answers from an engine of today",
    async (_, recording) => {
      await withFolder(async (data) => {
        const stage = await Stage.open(data);
        const replay = new Replay(stage);
        await replay.run(recording);
        expect(replay.differences).toEqual([]);
        // Advice comes when nothing was left to do for a while, which depends on how fast the recording is played.
        expect(replay.surplus.filter(({ type }) => type !== "noMoreTasks")).toEqual([]);
        await stage.close();
      });
    },
  );
});
