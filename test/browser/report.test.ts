import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { htmlReport, type Detail, type DetailedTask } from "@capstan/cli/report";
import { withFolder } from "@capstan/testkit";
import type { TaskView, TrialView } from "@capstan/protocol";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findBrowser, Site } from "./browser.js";

const browser = findBrowser();
const hostile = `</script></pre></title><script>document.title = "taken"</script><img src="http://127.0.0.1:9/x" onerror="document.title = 'taken'">\u202e"'&`;
const launchedAtMs = 1_800_000_000_000;

interface SuiteShape {
  readonly files: number;
  readonly examples: number;
  /** Put behind every name and into every output. */
  readonly suffix?: string;
}

/** A suite in which every tenth file failed. */
function suite({ files, examples, suffix = "" }: SuiteShape): Detail {
  const tasks = Array.from({ length: files }, (_, n) => file(n, examples, suffix));
  const failed = tasks.filter(({ task }) => task.status === "failed").length;
  const idle = { waiting: 0, queued: 0, running: 0, skipped: 0, abandoned: 0, cancelled: 0 };
  const none = { ...idle, flaky: 0, retries: 0, muted: 0 };
  const counts = { ...none, total: files, succeeded: files - failed, failed };
  const facts = {
    id: "set_1",
    namespace: "default",
    name: `unit${suffix}`,
    profile: "test",
    status: "failed",
    round: 1,
  } as const;
  const endedAtMs = launchedAtMs + files * 100;
  return { taskset: { ...facts, counts, launchedAtMs, endedAtMs }, tasks, nowMs: endedAtMs };
}

function file(n: number, examples: number, suffix: string): DetailedTask {
  const isBad = n % 10 === 9;
  const status = isBad ? "failed" : "succeeded";
  const worker = `worker ${n % 4}${suffix}`;
  const grantedAtMs = launchedAtMs + Math.floor(n / 4) * 400;
  const trial = {
    id: `t${n}`,
    task: `k${n}`,
    number: 1,
    status,
    workerName: worker,
    grantedAtMs,
    endedAtMs: grantedAtMs + 390,
    durationMs: 380,
  };
  const task = {
    id: `k${n}`,
    key: `test/${n}.js${suffix}`,
    status,
    trials: { counted: 1, lost: 0, total: 1 },
    lastTrial: trial,
  };
  const told = Array.from({ length: examples }, (_, at) => ({
    id: String(at),
    name: `example ${at}${suffix}`,
    durationMs: at,
    ...(isBad && at === 0
      ? { status: "failed" as const, message: `it broke ${suffix}` }
      : { status: "passed" as const }),
  }));
  const tail = { lines: [`it wrote ${suffix}`], linesBefore: 3 };
  return {
    task: task as unknown as TaskView,
    trials: [{ trial: trial as unknown as TrialView, examples: told }],
    ...(isBad && { output: { stdout: tail, stderr: tail } }),
  };
}

// Without a browser: skipped, unless the machine is one that has to have it.
describe.skipIf(browser === undefined)("report.html in a browser", { timeout: 120_000 }, () => {
  let site: Site;
  beforeAll(async () => {
    site = await Site.open(browser!);
  }, 60_000);
  afterAll(() => site?.close());

  /** Opens the page from disk; what it asks for or complains of is noted. */
  async function open(detail: Detail, use: (page: Page, problems: readonly string[]) => Promise<void>): Promise<void> {
    await withFolder(async (folder) => {
      const path = join(folder, "report.html");
      await writeFile(path, htmlReport(detail));
      const page = await site.page();
      const problems: string[] = [];
      page.on("console", (message) => problems.push(message.text()));
      page.on("pageerror", (error) => problems.push(error.message));
      page.on("request", (request) => {
        if (!request.url().startsWith("file:")) problems.push(request.url());
      });
      await page.goto(pathToFileURL(path).href);
      await page.waitForSelector("#all tbody tr");
      await use(page, problems);
      await page.close();
    });
  }

  it("shows whatever names and outputs hold as text, and asks for nothing", async () => {
    await open(suite({ files: 40, examples: 3, suffix: hostile }), async (page, problems) => {
      await page.click("#all tbody button");
      expect(await page.title()).toMatch(/^unit<\/script>.* failed$/);
      expect(await page.locator("img").count()).toBe(0);
      expect(await page.locator("h1 bdi").innerText()).toBe(`unit${hostile}`);
      expect(await page.locator("#all .examples bdi").first().innerText()).toBe(`example 0${hostile}`);
      expect(await page.locator("details.failure pre").first().innerText()).toContain(`it broke ${hostile}`);
      expect(problems).toEqual([]);
    });
  });

  it.each([
    [390, "light"],
    [1_280, "dark"],
  ] as const)("fits a screen of %i px, %s", async (width, colorScheme) => {
    await open(suite({ files: 200, examples: 3 }), async (page) => {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      const colour: string = await page.evaluate("getComputedStyle(document.body).backgroundColor");
      const [red, green, blue] = colour.match(/\d+/g)!.map(Number);
      expect((red! + green! + blue!) / 3 < 128).toBe(colorScheme === "dark");
    });
  });

  it("opens a suite of 2,000 files with 20,000 examples at once, and filters them", async () => {
    await open(suite({ files: 2_000, examples: 10 }), async (page, problems) => {
      const loadMs = (await page.evaluate("performance.getEntriesByType('navigation')[0].domComplete")) as number;
      console.log(`a page of 2,000 files with 20,000 examples is complete after ${Math.round(loadMs)} ms`);
      expect(loadMs).toBeLessThan(10_000);
      expect(await page.locator("#timeline rect").count()).toBe(2_000);
      expect(await page.locator("#all tbody tr").count()).toBe(500);
      await page.click("#all .more");
      expect(await page.locator("#all tbody tr").count()).toBe(2_000);
      await page.fill("#all input", "test/1999");
      expect(await page.locator("#all tbody tr").count()).toBe(1);
      await page.fill("#all input", "");
      await page.selectOption("#all select", "failed");
      expect(await page.locator("#all [role=status]").innerText()).toBe("200 found");
      expect(problems).toEqual([]);
    });
  });
});
