import fc from "fast-check";
import { launchStream } from "@capstan/engine/decoder";
import { TasksetHeader, TasksetTask, type TasksetLaunched } from "@capstan/protocol";
import { fromSchema } from "../generate/from-schema.js";
import { jsonSeeds, plainSchema } from "../generate/seeds.js";
import { bytesOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decodeLater } from "../invariant/refusal.js";
import { pieces } from "./lines.js";
import { stateless, type Target } from "./target.js";

const header = jsonSeeds(fromSchema(plainSchema(TasksetHeader)));
const task = jsonSeeds(fromSchema(plainSchema(TasksetTask)));

/** A streamed launch: sealed once with all of its tasks, or discarded once and nothing of it is left. */
export const launchStreamTarget: Target = {
  name: "launch-stream",
  kind: "body",
  seeds: fc.tuple(header, fc.array(task, { maxLength: 5 })).map(([first, rest]) => [first, ...rest].join("\n")),
  words: ["\n", '{"input":{}}\n', '"definition":"a/b"', "{}\n"],
  open: stateless(async (input) => {
    const tally = new Tally();
    const codes = ["invalid-stream", "too-large", "invalid-input"] as const;
    const outcome = await decodeLater(() => launchStream(stream(bytesOf(input)), tally.open), codes);
    tally.check("value" in outcome ? outcome.value : undefined);
  }),
};

async function* stream(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield* pieces(bytes);
}

/** What a launch does to the taskset that it opens. */
class Tally {
  #opened = 0;
  #tasks = 0;
  #sealed = 0;
  #discarded = 0;

  readonly open = async () => {
    this.#opened += 1;
    return {
      taskset: "set_1",
      push: async (tasks: readonly unknown[]) => {
        if (this.#sealed + this.#discarded > 0) broken("tasks come after the end");
        this.#tasks += tasks.length;
      },
      seal: async () => {
        this.#sealed += 1;
        return { taskset: "set_1", tasks: this.#tasks, isDuplicate: false };
      },
      discard: async () => {
        this.#discarded += 1;
      },
    };
  };

  check(launched: TasksetLaunched | undefined): void {
    if (this.#opened > 1) broken("one stream opened several tasksets");
    if (launched === undefined && this.#sealed > 0) broken("a refused stream was sealed");
    if (launched === undefined && this.#discarded !== this.#opened) broken("a refused stream was not discarded");
    if (launched === undefined) return;
    if (this.#sealed !== 1 || this.#discarded > 0) broken("a launched stream was not sealed once");
    if (launched.tasks === 0) broken("a stream without tasks was launched");
  }
}
