import { existsSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { build } from "esbuild";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A Chromium of this machine. Undefined when there is none; with `CI` set there must be one. */
export function findChromium(): string | undefined {
  const found = [process.env["CHROMIUM"], ...places].find((path) => path !== undefined && existsSync(path));
  if (found === undefined && process.env["CI"] !== undefined) throw new Error("no Chromium is installed");
  return found;
}

/** A page whose only script is the module, bundled for browsers, on an origin of its own. */
export async function servePage(module: URL): Promise<{ readonly origin: string; close(): void }> {
  const { outputFiles } = await build({
    entryPoints: [module.pathname],
    bundle: true,
    write: false,
    platform: "browser",
    format: "iife",
    logLevel: "silent",
  });
  const script = outputFiles[0]!.text;
  const server: Server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    response.end(`<!doctype html><title>page</title><script>${script.replaceAll("</script", "<\\/script")}</script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
