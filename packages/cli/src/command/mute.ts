import { userInfo } from "node:os";
import { connect, type Context } from "../context.js";
import type { ClassOptions } from "../suite/find-class.js";
import { addClassOptions } from "./class-option.js";
import { examples, type DefineVerb } from "./verb.js";

interface Options extends ClassOptions {
  readonly reason?: string;
  readonly for?: string;
  readonly by?: string;
}

export const defineMute: DefineVerb = (command, context) => {
  addClassOptions(command)
    .argument(
      "<test...>",
      "a file by its path from the root of the suite, or FILE::EXAMPLE by the example's name or id (RSpec: name)",
    )
    .option("--reason <text>", "shown to whoever asks why")
    .option("--for <duration>", "unmute it by itself after this time, such as 14d (default: never)")
    .option("--by <name>", "who mutes it (default: the user)")
    .action((tests: readonly string[], options: Options) => mute(context, tests, options))
    .addHelpText("after", help);
};

const help = `
Muted tests run and are reported, but do not fail the suite: \`capstan test\` heeds the list of its class from the next
launch on. An example that is muted fails its file no more; the others of the file do as ever.
${examples([
  ["mute test/cart.test.js --reason 'fails since the move' --for 14d", "mutes a file of the suite of this folder"],
  ["mute 'test/cart.test.js::cart > adds one' --class unit", "mutes one example of a suite by its class"],
])}`;

async function mute(context: Context, texts: readonly string[], options: Options): Promise<void> {
  const [{ parseDuration }, { parseMutedTest }, { findClass }, { mutedLine }, client] = await Promise.all([
    import("../option/duration.js"),
    import("../suite/muted-test.js"),
    import("../suite/find-class.js"),
    import("../render/muted.js"),
    connect(context),
  ]);
  const { io, output } = context;
  const { reason, by = io.env["USER"] ?? userName() } = options;
  const muted = await client.muted.mute({
    class: await findClass(io.cwd, options),
    tests: texts.map((text) => parseMutedTest(text)),
    ...(reason !== undefined && { reason }),
    ...(by !== undefined && by !== "" && { by }),
    ...(options.for !== undefined && { forMs: parseDuration(options.for, "--for") }),
  });
  for (const view of muted) {
    if (output.isJson) output.json(view);
    else output.line(mutedLine(view));
  }
}

/** The user of this process, where the environment does not say, as in a container. */
function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return undefined;
  }
}
