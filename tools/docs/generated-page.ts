import { join } from "node:path";
import { format, resolveConfig } from "prettier";
import { repositoryRoot } from "../repository.js";

/** A page of docs/, or a schema, that is written from what the code exports. */
export interface GeneratedPage {
  /** From the root of the repository. */
  readonly path: string;
  /** The whole text, before formatting. */
  readonly render: () => string;
}

/** The text of a page as it stands in the repository: marked as generated, and formatted like every other file. */
export async function pageText({ path, render }: GeneratedPage): Promise<string> {
  const options = await resolveConfig(join(repositoryRoot(), path));
  // JSON has no room for a remark.
  if (path.endsWith(".json")) return format(render(), { ...options, parser: "json" });
  const text = `<!-- Written by \`npm run docs\`. Change the code it is made from, not this page. -->\n\n${render()}`;
  return format(text, { ...options, parser: "markdown" });
}
