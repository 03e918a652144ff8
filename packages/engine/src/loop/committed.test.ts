import { MemoryBlobStore, openSqliteStore } from "@capstan/store";
import { systemClock, systemRandom, type Manifest } from "@capstan/protocol";
import { makeGate } from "@capstan/testkit";
import { expect, test } from "vitest";
import { Engine } from "../engine/engine.js";

const manifest: Manifest = {
  manifestVersion: 1,
  plugin: "demo",
  version: "1",
  runtime: "inline",
  files: [],
  definitions: [{ name: "run" }],
};

test("who asks during a commit, and changed nothing, is told when it is through", async () => {
  const store = openSqliteStore({ memory: true });
  const parts = { store, blobs: new MemoryBlobStore(), clock: systemClock, random: systemRandom, defer: setImmediate };
  const engine = await Engine.open(parts);
  const commit = store.commit.bind(store);
  const started = makeGate();
  const gate = makeGate();
  store.commit = async (batch) => {
    started.open();
    await gate.opened;
    return commit(batch);
  };
  const deployed = engine.plugins.deploy("default", "demo", { manifest });
  await started.opened;
  const committed = engine.loop.committed();
  gate.open();
  await expect(committed).resolves.toBeUndefined();
  await deployed;
  await engine.close();
});
