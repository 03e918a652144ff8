import { commandLine, wrongCommandInput, type CommandInput } from "@capstan/worker/decoder";
import { compileSchema } from "@capstan/engine/decoder";
import { commandPlugin, type JsonSchema } from "@capstan/protocol";
import { fromSchema, type SchemaLike } from "../generate/from-schema.js";
import { jsonSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decode } from "../invariant/refusal.js";
import { stateless, type Target } from "./target.js";

const [definition] = commandPlugin.definitions;
const schema = definition!.input as JsonSchema;
const check = compileSchema(schema, { what: "the input", code: "invalid-input" });

/** Inputs of commands: a program, arguments and environment that the system can take, or a sentence that says why not. */
export const commandInput: Target = {
  name: "command-input",
  kind: "body",
  share: 3,
  jsonAt: 0,
  words: ['"command":', '"env":{', '"cwd":', "\\u0000", "=", '"setup":'],
  seeds: jsonSeeds(fromSchema(schema as SchemaLike)),
  open: stateless((input) => {
    let value: unknown;
    try {
      value = JSON.parse(textOf(input));
    } catch {
      return;
    }
    const { setup: _, ...rest } = (typeof value === "object" && value !== null ? value : {}) as Record<string, unknown>;
    const isTaken = "value" in decode(() => check(value), ["invalid-input"]);
    const wrong = wrongCommandInput(isTaken ? rest : value);
    if (wrong !== undefined) {
      if (wrong.length < 10 || wrong.length > 4_096) broken("what is wrong has no bound", wrong);
      return;
    }
    const line = commandLine(rest as unknown as CommandInput);
    if (line.length === 0 || line.some((word) => typeof word !== "string" || word.includes("\u0000")))
      broken("a command that cannot be run", line);
  }),
};
