import { describe, expect, it } from "vitest";
import { PeerOperations } from "../api/operations.test.support.js";
import { EngineMetrics } from "./engine-metrics.js";

describe("metrics", () => {
  it("show the engine's measures as they are when scraped, and the process's", async () => {
    const peer = new PeerOperations();
    let succeeded = 5;
    const metrics = new EngineMetrics(() => ({ ...peer.measures(), finished: { succeeded } }));
    const first = await metrics.expose();
    for (const line of [
      'capstan_tasks{status="queued"} 2',
      'capstan_tasks_finished_total{status="succeeded"} 5',
      'capstan_trials_ended_total{status="lost"} 2',
      'capstan_workers{status="ready"} 1',
      "capstan_slots 4",
      "capstan_slots_busy 3",
      'capstan_offers_total{outcome="declined"} 1',
      "capstan_commits_total 12",
      "capstan_commit_seconds_total 0.25",
      "capstan_sweep_mended_total 0",
      'capstan_held{thing="trials"} 3',
      "capstan_backlog_seconds 1.5",
      "# TYPE capstan_tasks_finished_total counter",
    ]) {
      expect(first).toContain(`${line}\n`);
    }
    expect(first).toContain("process_cpu_seconds_total");
    succeeded = 8;
    expect(await metrics.expose()).toContain('capstan_tasks_finished_total{status="succeeded"} 8\n');
  });
});
