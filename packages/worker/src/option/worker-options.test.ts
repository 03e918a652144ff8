import { describe, expect, test } from "vitest";
import { startWorker } from "../worker.js";
import { validate } from "./validate.js";
import { withDefaults, type WorkerOptions } from "./worker-options.js";

const wrong: [Partial<WorkerOptions>, string][] = [
  [{ engine: [] }, "engine is empty"],
  [{ engine: "localhost" }, "engine is"],
  [{ engine: "http://127.0.0.1:7070 " }, "engine is"],
  [{ engine: "a://\0" }, "engine is"],
  [{ namespace: "a/b" }, "namespace is"],
  [{ name: "" }, "name is"],
  [{ token: "" }, "token is empty"],
  [{ slots: 0 }, "slots is 0"],
  [{ slots: 1.5 }, "slots is 1.5"],
  [{ slots: 1_000_000 }, "slots is 1000000"],
  [{ labels: ["has space"] }, "labels has"],
  [{ labels: Array<string>(65).fill("x") }, "labels has 65"],
  [{ runtimes: [] }, "runtimes is empty"],
  [{ runtimes: ["cobol" as "node"] }, "runtimes has"],
  [{ folder: "" }, "folder is empty"],
  [{ limits: { lingerMs: -1 } }, "limits.lingerMs is -1"],
  [{ limits: { setupMs: Number.NaN } }, "limits.setupMs is"],
];

describe("the options of a worker", () => {
  test.each(wrong)("%j are refused, naming the setting", async (options, message) => {
    const given = { engine: "http://127.0.0.1:1", ...options };
    await expect(startWorker(given)).rejects.toMatchObject({
      code: "invalid-config",
      message: expect.stringContaining(message) as string,
    });
  });

  test("are told as far as it helps", () => {
    const long = "x".repeat(100_000);
    for (const options of [
      { engine: long },
      { name: `${long}!` },
      { labels: [`${long} `] },
      { runtimes: [long as "node"] },
    ]) {
      const config = withDefaults({ engine: "http://127.0.0.1:1", ...options });
      expect(() => validate(config)).toThrow(/^.{20,400}$/);
    }
  });

  test("name each runtime once, however often they were given it", () => {
    const runtimes = Array<"node">(20).fill("node");
    expect(withDefaults({ engine: "http://127.0.0.1:1", runtimes }).runtimes).toEqual(["node"]);
  });

  test("have defaults that are right", () => {
    const config = withDefaults({ engine: "http://127.0.0.1:7070/" });
    expect(() => validate(config)).not.toThrow();
    expect(config).toMatchObject({
      engines: ["http://127.0.0.1:7070"],
      namespace: "default",
      runtimes: ["node", "command"],
    });
  });
});
