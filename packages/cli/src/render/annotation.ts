import { relative, resolve } from "node:path";
import { fileOfKey, type Example } from "@capstan/protocol";
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
export function annotationLines({ task, isMuted, examples, muted = [] }: Failure, place: AnnotationPlace): string[] {
  const key = task.key ?? task.id;
  const level = isMuted === true ? "notice" : "error";
  const told = [
    ...examples.map((example) => ofExample(level, example, { key, place })),
    ...muted.map((example) => ofExample("notice", example, { key, place })),
  ];
  if (examples.length > 0 || task.status !== "failed") return told.slice(0, examplesMax);
  const file = place.root === undefined ? undefined : pathOf(fileOfKey(key), place);
  return [command(level, { file, title: `${key} ${task.status}` }, why(task)), ...told].slice(0, examplesMax);
}

interface Spot {
  readonly key: string;
  readonly place: AnnotationPlace;
}

/** What fails nothing is a notice, and says why it is none of the errors. */
function ofExample(
  level: "error" | "notice",
  { name, file, line, message = "failed" }: Example,
  { key, place }: Spot,
): string {
  const title = level === "notice" ? `muted: ${name}` : name;
  return command(level, { file: pathOf(file ?? fileOfKey(key), place), line, title }, message);
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
