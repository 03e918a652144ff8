import { connect, type Context } from "../context.js";
import { examples, type DefineVerb } from "./verb.js";

export const defineMuted: DefineVerb = (command, context) => {
  command
    .argument("[class]", "only tests of this class: the suite")
    .argument("[file]", "only this file and its examples")
    .action((of: string | undefined, file: string | undefined) => list(context, of, file))
    .addHelpText(
      "after",
      examples([
        ["muted", "lists the muted tests of all suites, why they are, who muted them and until when"],
        ["muted unit", "lists those of one suite"],
        ["muted unit --json", "the same for programs"],
      ]),
    );
};

async function list(context: Context, of: string | undefined, file: string | undefined): Promise<void> {
  const [{ printList }, { mutedColumns }, client] = await Promise.all([
    import("../render/table.js"),
    import("../render/muted.js"),
    connect(context),
  ]);
  const muted = client.muted.list({ ...(of !== undefined && { class: of }), ...(file !== undefined && { key: file }) });
  const columns = mutedColumns(context.output, Date.now());
  await printList(context.output, muted, { columns, empty: "nothing is muted" });
}
