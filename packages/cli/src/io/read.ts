import { readFile } from "node:fs/promises";
import { CapstanError, limits } from "@capstan/protocol";
import type { Source } from "./io.js";

/** The text of a file. @throws CapstanError `invalid-config` naming it and why it cannot be read. */
export async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : message;
    throw new CapstanError("invalid-config", `${what} cannot be read from ${path}: ${reason}`, { cause });
  }
}

/** All of a stream as text. @throws CapstanError `too-large`. */
export async function readAll(source: Source, bytesMax: number = limits.inputBytesMax): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of source as AsyncIterable<string | Buffer>) {
    const buffer = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    bytes += buffer.length;
    if (bytes > bytesMax) {
      throw new CapstanError("too-large", `stdin has more than ${bytesMax} bytes`, { details: { limit: bytesMax } });
    }
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

export interface NumberedLine {
  readonly text: string;
  /** Counts from 1, empty lines too. */
  readonly line: number;
}

/** The lines of a stream that are not empty, as they come, with their numbers. @throws CapstanError `too-large`. */
export async function* readLines(source: Source): AsyncGenerator<NumberedLine, void, undefined> {
  const decoder = new TextDecoder("utf-8");
  let rest = "";
  let line = 0;
  for await (const chunk of source as AsyncIterable<string | Buffer>) {
    rest += typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true });
    const parts = rest.split("\n");
    rest = parts.pop() ?? "";
    if (rest.length > limits.lineBytesMax) {
      throw new CapstanError("too-large", `line ${line + parts.length + 1} of stdin has no end: send a line a task`, {
        details: { limit: limits.lineBytesMax },
      });
    }
    for (const part of parts) {
      line += 1;
      const text = part.replace(/\r$/, "");
      if (text.trim() !== "") yield { text, line };
    }
  }
  rest += decoder.decode();
  if (rest.trim() !== "") yield { text: rest.replace(/\r$/, ""), line: line + 1 };
}
