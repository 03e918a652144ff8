import type { Capstan } from "@capstan/client";
import { fileOfKey, type FlakyView } from "@capstan/protocol";
import { mergeParts } from "./merge-parts.js";

interface FlakyFile {
  readonly class: string | undefined;
  readonly key: string;
}

/** What was flaky of one task, class by class, with its verdicts: those of a file's parts too, where it was split. */
export function readFlakyFile(client: Capstan, { class: of, key }: FlakyFile): AsyncGenerator<FlakyView> {
  return mergeParts(viewsOf(client, { class: of, key }));
}

async function* viewsOf(client: Capstan, { class: of, key }: FlakyFile): AsyncGenerator<FlakyView> {
  for await (const brief of client.flaky(of === undefined ? {} : { class: of })) {
    if (brief.key === key || fileOfKey(brief.key) === key) yield* client.flaky({ class: brief.class, key: brief.key });
  }
}
