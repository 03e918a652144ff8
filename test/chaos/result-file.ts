import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** What a long run says as it goes, one JSON object a line, so that one that is interrupted still tells. */
export class ResultFile {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
    mkdirSync(dirname(this.path), { recursive: true });
  }

  add(what: string, value: object): void {
    appendFileSync(this.path, `${JSON.stringify({ line: what, at: new Date().toISOString(), ...value })}\n`);
  }
}
