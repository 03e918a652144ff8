import type { Definition, PluginView, RevisionView } from "@capstan/protocol";
import type { Output } from "../io/output.js";
import { factLines, jsonText } from "./facts.js";
import { ago, instant } from "./quantity.js";
import { tabLines, tableLines, type Column } from "./table.js";
import { oneLine } from "./control.js";

/** The columns of a list of plugins. */
export function pluginColumns({ style }: Pick<Output, "style">): Column<PluginView>[] {
  const current = ({ revisions }: PluginView): RevisionView | undefined => revisions.find(({ isDefault }) => isDefault);
  return [
    { title: "PLUGIN", cell: ({ name }) => name },
    {
      title: "DEFAULT",
      cell: (plugin) => current(plugin)?.version ?? style.dim("none"),
      value: (plugin) => plugin.defaultRevision ?? "",
    },
    { title: "RUNTIME", cell: (plugin) => current(plugin)?.runtime ?? "" },
    { title: "REVISIONS", cell: ({ revisions }) => String(revisions.length), isRight: true },
    {
      title: "DEFINITIONS",
      cell: ({ definitions }) => definitions.map(({ name }) => name).join(", "),
      isElastic: true,
    },
  ];
}

/** A plugin with its revisions and definitions, for `plugins show`. */
export function pluginLines(plugin: PluginView, { output, nowMs }: { output: Output; nowMs: number }): string[] {
  const revisions = revisionColumns(output, nowMs);
  const definitions = definitionColumns(plugin);
  const table = output.isTerminal
    ? <T>(items: readonly T[], columns: readonly Column<T>[]) => tableLines(items, columns, output)
    : tabLines;
  return [
    ...factLines(
      [
        ["plugin", plugin.name],
        ["description", plugin.description],
        ["default", plugin.defaultRevision ?? "none"],
      ],
      output,
    ),
    "",
    ...table(plugin.revisions, revisions),
    "",
    ...table(plugin.definitions, definitions),
  ];
}

function revisionColumns({ style }: Output, nowMs: number): Column<RevisionView>[] {
  return [
    { title: "REVISION", cell: ({ id }) => id },
    { title: "VERSION", cell: ({ version, isDefault }) => version + (isDefault ? style.green(" default") : "") },
    { title: "UNFINISHED", cell: ({ tasksUnfinished }) => String(tasksUnfinished), isRight: true },
    {
      title: "DEPLOYED",
      cell: ({ deployedAtMs }) => style.dim(ago(deployedAtMs, nowMs)),
      value: ({ deployedAtMs }) => instant(deployedAtMs),
    },
  ];
}

function definitionColumns({ name: plugin }: PluginView): Column<Definition>[] {
  return [
    { title: "DEFINITION", cell: ({ name }) => `${plugin}/${name}` },
    {
      title: "INPUT",
      cell: ({ examples }) => (examples?.[0] === undefined ? "" : oneLine(jsonText(examples[0].input))),
      isElastic: true,
    },
    { title: "DESCRIPTION", cell: ({ description }) => oneLine(description ?? ""), isElastic: true },
  ];
}
