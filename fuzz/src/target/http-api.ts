import { ApiStage } from "../api/api-stage.js";
import { requests } from "../api/request-seeds.js";
import { operations } from "../api/document.js";
import { jsonSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import type { Taker, Target } from "./target.js";

/** Requests after which the engine, and all that it has stored, is exchanged. */
const requestsMax = 3_000;

/** The HTTP API against its own OpenAPI document: every answer has a status, type and body that the document names. */
export const httpApi: Target = {
  name: "http-api",
  kind: "request",
  jsonAt: 0,
  heapBytesMax: 64 * 1024 * 1024,
  inputMsMax: 5_000,
  words: [
    ...operations.map(({ id }) => `"op":"${id}"`),
    "@task",
    "@taskset",
    "@trial",
    "@worker",
    "@revision",
    "@body",
  ],
  seeds: jsonSeeds(requests),
  open: () => new ApiTaker(),
};

class ApiTaker implements Taker {
  #stage: ApiStage | undefined;
  #count = 0;

  readonly take = async (input: string): Promise<void> => {
    let asked: unknown;
    try {
      asked = JSON.parse(textOf(input));
    } catch {
      return;
    }
    if (typeof asked !== "object" || asked === null) return;
    this.#stage ??= await ApiStage.open();
    await this.#stage.ask(asked);
    this.#count += 1;
    if (this.#count % requestsMax === 0) await this.close();
  };

  readonly close = async (): Promise<void> => {
    const stage = this.#stage;
    this.#stage = undefined;
    await stage?.close();
  };
}
