import { expect, it } from "vitest";
import { withFoundation } from "./foundation.js";
import { makeSample } from "./sample-plugin.js";

it(
  "whoever hears of a trial finds it, and hears of its grant before its end",
  { timeout: 60_000 },
  withFoundation(async (foundation) => {
    const sample = makeSample();
    await foundation.startWorker({ plugins: [sample.plugin], runtimes: ["inline"], slots: 60 });
    const { client } = foundation;
    const count = 60;
    const end = new AbortController();
    const follow = async (): Promise<string[]> => {
      const seen: string[] = [];
      for await (const { type, trial } of client.events({ types: ["trial."], signal: end.signal })) {
        seen.push(`${type} ${trial}`);
        if (type === "trial.granted") expect((await client.trial(trial!)).id).toBe(trial);
        if (seen.length === count) return seen;
      }
      return seen;
    };
    const following = follow();
    await new Promise((resolve) => setImmediate(resolve));
    // Half of them last, so that their grants are written while they run, between the commits of the others.
    const names = Array.from({ length: count }, (_, n) => (n % 3 === 0 ? "sample/hold" : "sample/echo"));
    const tasks = [];
    for (const name of names) tasks.push(await client.launch(name, 1));
    const seen = await following;
    for (const [at, line] of seen.entries()) {
      const [type, trial] = line.split(" ");
      if (type !== "trial.granted") expect(seen.indexOf(`trial.granted ${trial}`)).toBeLessThan(at);
    }
    end.abort();
    await Promise.all(tasks.map((task) => task.cancel().catch(() => {})));
  }),
);
