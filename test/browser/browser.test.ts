import { chromium, type Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withBed } from "../bed/process-bed.js";
import { findChromium, servePage } from "./browser.js";

const executablePath = findChromium();

describe.skipIf(executablePath === undefined)("the SDK in a browser", () => {
  let browser: Browser;
  let page: Awaited<ReturnType<typeof servePage>>;
  beforeAll(async () => {
    page = await servePage(new URL("./page.js", import.meta.url));
    browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox", "--disable-gpu"] });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    page?.close();
  });

  async function open(use: string): Promise<unknown> {
    const tab = await browser.newPage();
    try {
      await tab.goto(page.origin);
      return await tab.evaluate(use);
    } finally {
      await tab.close();
    }
  }

  test("launches, waits, follows events and output, cancels, and tells errors by their codes", async () => {
    await withBed(async (bed) => {
      await bed.startEngine({ allowOrigins: [page.origin] });
      await bed.startWorker("one", { slots: 2 });
      const findings = (await open(`use(${JSON.stringify(bed.url)})`)) as { events: string[] };
      expect(findings).toMatchObject({
        output: { exitCode: 0 },
        log: "from a page\n",
        taskset: "succeeded",
        cancelled: "cancelled",
        refusal: "unknown-definition",
      });
      expect(findings.events).toEqual(expect.arrayContaining(["task.queued", "task.succeeded"]));
    });
  }, 60_000);

  test("is kept from an engine that does not know its origin", async () => {
    await withBed(async (bed) => {
      await bed.startEngine();
      const call = `fetch(${JSON.stringify(`${bed.url}/health`)}).then(() => "answered", () => "kept away")`;
      expect(await open(call)).toBe("kept away");
    });
  }, 60_000);
});
