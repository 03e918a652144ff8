import { connect, type Context } from "../context.js";
import type { ClassOptions } from "../suite/find-class.js";
import { addClassOptions } from "./class-option.js";
import { examples, type DefineVerb } from "./verb.js";

export const defineUnmute: DefineVerb = (command, context) => {
  addClassOptions(command)
    .argument("<test...>", "a file or FILE::EXAMPLE, as `capstan muted` lists it")
    .action((tests: readonly string[], options: ClassOptions) => unmute(context, tests, options))
    .addHelpText(
      "after",
      examples([
        ["unmute test/cart.test.js", "lets the file fail the suite of this folder again"],
        [
          "unmute 'test/cart.test.js::cart > adds one' --class unit",
          "the same for one example of a suite by its class",
        ],
      ]),
    );
};

async function unmute(context: Context, texts: readonly string[], options: ClassOptions): Promise<void> {
  const [{ CapstanError }, { mutedTestText, parseMutedTest }, { findClass }, { safeLine }, client] = await Promise.all([
    import("@capstan/protocol"),
    import("../suite/muted-test.js"),
    import("../suite/find-class.js"),
    import("../render/control.js"),
    connect(context),
  ]);
  const { output } = context;
  const of = await findClass(context.io.cwd, options);
  const tests = texts.map((text) => parseMutedTest(text));
  const unmuted = await client.muted.unmute({ class: of, tests });
  for (const view of unmuted) {
    if (output.isJson) output.json(view);
    else output.line(`${safeLine(mutedTestText(view), false)} is no longer muted in ${of}`);
  }
  const done = new Set(unmuted.map(mutedTestText));
  const others = tests.map(mutedTestText).filter((text) => !done.has(text));
  if (others.length === 0) return;
  throw new CapstanError(
    "not-found",
    `${others.join(", ")} is not muted in ${of}: \`capstan muted ${of}\` lists what is`,
  );
}
