import { relative, resolve } from "node:path";
import type { Example } from "@capstan/protocol";
import type { Failure } from "../run/failure.js";
import { plain } from "./control.js";
import { why } from "./task.js";

/** Where paths of a report are found in the repository. */
export interface AnnotationPlace {
  /** The tree that the files of the suite are in; none for other tasks. */
  readonly root?: string | undefined;
  /** The checkout: paths of annotations are taken from here. */
  readonly checkout: string;
}

/** The server shows few annotations of a step, and those of one file should not take all. */
const examplesMax = 10;
const messageCharactersMax = 4_000;

/** Workflow commands by which GitHub Actions shows a failure beside the line that it is of. */
export function annotationLines({ task, examples }: Failure, place: AnnotationPlace): string[] {
  const key = task.key ?? task.id;
  if (examples.length === 0) {
    const file = place.root === undefined ? undefined : pathOf(key, place);
    return [command("error", { file, title: `${key} ${task.status}` }, why(task))];
  }
  return examples.slice(0, examplesMax).map((example) => ofExample(example, key, place));
}

function ofExample({ name, file, line, message = "failed" }: Example, key: string, place: AnnotationPlace): string {
  return command("error", { file: pathOf(file ?? key, place), line, title: name }, message);
}

/** A path in the checkout; as it is where it lies outside of it. */
function pathOf(file: string, { root = "", checkout }: AnnotationPlace): string {
  const path = relative(checkout, resolve(root, file)).replaceAll("\\", "/");
  return path.startsWith("../") ? file : path;
}

type Properties = Readonly<Record<string, string | number | undefined>>;

function command(name: string, properties: Properties, message: string): string {
  const told = Object.entries(properties)
    .filter((property): property is [string, string | number] => property[1] !== undefined)
    .map(([property, value]) => `${property}=${escapeProperty(plain(String(value)))}`);
  return `::${name} ${told.join(",")}::${escapeData(plain(message).slice(0, messageCharactersMax))}`;
}

/** As the runner takes it back: what would end the line, and the sign of an escape itself. */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
