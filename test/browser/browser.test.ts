import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Page } from "playwright-core";
import { withBed } from "../bed/process-bed.js";
import { callPage, findBrowser, Site } from "./browser.js";

const browser = findBrowser();
const isContinuous = (process.env["CI"] ?? "") !== "";

it.skipIf(browser === undefined && !isContinuous)("a browser is installed: Debian's package is chromium", () => {
  expect(browser).toBeDefined();
});

// Without a browser: skipped, unless the machine is one that has to have it.
describe.skipIf(browser === undefined)("the SDK in a browser", { timeout: 120_000 }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open(browser!);
  }, 60_000);
  afterAll(() => site?.close());

  it("launches, waits, follows events and output, and cancels, from a page of another origin", async () => {
    await withBed(async (bed) => {
      await bed.startEngine({ allowOrigins: [site.origin] });
      await bed.startWorker("one");
      const page = await site.page();
      const { url } = bed;
      expect(await callPage(page, "launch", { url })).toEqual({
        output: { exitCode: 0 },
        followed: "from a page\n",
        stderr: "aside\n",
      });
      const seen = (await callPage(page, "events", { url })) as string[];
      expect(seen.slice(-2)).toEqual(["trial.succeeded", "task.succeeded"]);
      expect(await callPage(page, "taskset", { url })).toEqual({
        status: "failed",
        succeeded: 249,
        failed: 1,
        junit: "<?xml",
      });
      expect(await callPage(page, "cancel", { url })).toBe("cancelled");
      expect(await callPage(page, "many", { url })).toBe(20);
      expect(await callPage(page, "refusal", { url })).toBe("unknown-definition");
    });
  });

  it("passes a token, and learns when it is wrong", async () => {
    const token = "a-secret-that-is-long-enough";
    await withBed(
      async (bed) => {
        await bed.startEngine({ allowOrigins: [site.origin] });
        const page = await site.page();
        expect(await callPage(page, "refusal", { url: bed.url, token })).toBe("unknown-definition");
        expect(await callPage(page, "refusal", { url: bed.url, token: "wrong" })).toBe("unauthorized");
      },
      { token },
    );
  });

  it("is kept out by an engine that does not name its origin", async () => {
    await withBed(async (bed) => {
      await bed.startEngine();
      const page: Page = await site.page();
      expect(await callPage(page, "refusal", { url: bed.url })).toBe("unreachable");
    });
  });
});
