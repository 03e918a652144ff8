import { expect, it } from "vitest";
import { cancelTask } from "../command/cancel.js";
import { Scene } from "../world/scene.test.support.js";

const policy = { rate: { key: "customer 7", limit: 1, perMs: 10_000 } };

it("forgets a rate that no task names once its last grant no longer counts, and not before", () => {
  const scene = new Scene();
  const worker = scene.worker("one");
  scene.report(scene.granted({ policy, isOverride: true }), "succeeded");
  scene.ask(worker);
  scene.later(5_000);
  // Launched again meanwhile, it meets the grant of the first.
  const second = scene.launch({ policy, isOverride: true });
  scene.run();
  expect(second.status).toBe("queued");
  scene.later(5_000);
  expect(scene.accept(second)).toBeDefined();
  scene.report(second.trials[0]!, "succeeded");
  scene.later(9_000);
  expect(scene.state.rates.size).toBe(1);
  scene.later(1_000);
  expect(scene.state.rates.size).toBe(0);
});

it("forgets a rate under which nothing was granted at once", () => {
  const scene = new Scene();
  const task = scene.launch({ policy, isOverride: true });
  scene.act((state, now) => cancelTask(state, task, now));
  scene.run();
  expect(scene.state.rates.size).toBe(0);
});
