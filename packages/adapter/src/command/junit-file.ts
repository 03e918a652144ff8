import { createReadStream } from "node:fs";
import type { FileOutcome } from "../channel/outcome.js";
import { JunitReader } from "./junit-reader.js";

const bytesMax = 67_108_864;

/** Reads a file that a command has written. @throws Error naming the file, and what to do. */
export async function readJunitFile(path: string): Promise<FileOutcome> {
  const reader = new JunitReader();
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(path, { encoding: "utf8" }) as AsyncIterable<string>) {
      bytes += chunk.length;
      if (bytes > bytesMax) throw new Error(`it is larger than ${bytesMax} bytes`);
      reader.push(chunk);
    }
    return reader.outcome();
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
    if (isMissing)
      throw new Error(`the command wrote no results to ${path}: see that it writes JUnit XML there`, { cause });
    throw new Error(`the results in ${path} are not JUnit XML: ${(cause as Error).message}`, { cause });
  }
}
