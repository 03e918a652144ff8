import type { Capstan } from "@capstan/client";
import { htmlReport } from "./html-report.js";
import { readDetail } from "./read-detail.js";

/** The report of a taskset as a page, from the engine. @throws CapstanError `not-found`. */
export async function readHtml(client: Capstan, taskset: string): Promise<string> {
  return htmlReport(await readDetail(client, taskset));
}
