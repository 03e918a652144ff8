import { accessSync, constants } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { chromium, type Browser, type Page } from "playwright-core";
import type { CallName } from "./page.js";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** A Chromium of this machine: `CHROMIUM_PATH`, or one on the path. */
export function findBrowser(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram);
  return process.env["CHROMIUM_PATH"] ?? found;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The page's script as an application would ship it: one file for browsers, in which nothing of Node is left. */
async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./page.js", import.meta.url))],
    bundle: true,
    format: "iife",
    platform: "browser",
    write: false,
  });
  return outputFiles[0]!.text;
}

/** A browser, and a site on an origin of its own whose page has the SDK. */
export class Site {
  readonly origin: string;
  readonly #server: Server;
  readonly #browser: Browser;

  private constructor(server: Server, browser: Browser) {
    this.#server = server;
    this.#browser = browser;
    this.origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  }

  static async open(executablePath: string): Promise<Site> {
    const script = await bundlePage();
    const server = createServer(({ url }, response) => {
      const isScript = url === "/page.js";
      response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
      response.end(isScript ? script : '<!doctype html><title>page</title><script src="/page.js"></script>');
    }).listen(0, "localhost");
    await once(server, "listening");
    // The system's own sandbox does not work for root.
    const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    return new Site(server, await chromium.launch({ executablePath, args: [...args, "--disable-dev-shm-usage"] }));
  }

  async page(): Promise<Page> {
    const page = await this.#browser.newPage();
    await page.goto(this.origin);
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** Calls a function of the page with a client of that engine, and gives what it gives. */
export function callPage(page: Page, name: CallName, options: { url: string; token?: string }): Promise<unknown> {
  const text = `globalThis.callCapstan(${JSON.stringify(name)}, ${JSON.stringify(options)})`;
  return page.evaluate(text);
}
