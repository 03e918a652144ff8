import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BundleFacts } from "@capstan/plugin";
import { CapstanError, type Manifest } from "@capstan/protocol";
import { TailBuffer } from "../run/tail.js";

/** What the process that loads the bundle answers. */
export type Description = { readonly manifest: Manifest } | { readonly problem: unknown } | { readonly crash: string };

export interface DescribeOrder {
  readonly folder: string;
  readonly facts: BundleFacts;
}

const entry = fileURLToPath(new URL("./describe-main.js", import.meta.url));
const loadMs = 30_000;

/**
 * Loads an unpacked bundle in a process of its own and describes the plugin in it.
 * @throws CapstanError `invalid-manifest` when it cannot be loaded, hangs, or holds no plugin that can be described.
 */
export async function describeBundle(folder: string, facts: BundleFacts): Promise<Manifest> {
  const child = fork(entry, [], { stdio: ["ignore", "pipe", "pipe", "ipc"], execArgv: ["--enable-source-maps"] });
  const written = new TailBuffer();
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => written.push(text));
  const timer = setTimeout(() => child.kill("SIGKILL"), loadMs);
  let answer: Description | undefined;
  const exit = await new Promise<string | number | null>((resolve) => {
    child.once("message", (message: Description) => {
      answer = message;
      child.kill("SIGKILL");
    });
    child.once("close", (code, signal) => resolve(signal ?? code));
    child.send({ folder, facts } satisfies DescribeOrder, () => {});
  });
  clearTimeout(timer);
  return read(answer, exit, written.end().lines.join("\n"));
}

function read(answer: Description | undefined, exit: string | number | null, written: string): Manifest {
  if (answer !== undefined && "manifest" in answer) return answer.manifest;
  if (answer !== undefined && "problem" in answer) throw CapstanError.fromProblem(answer.problem);
  const reason =
    answer?.crash ?? `its process ended (${exit}) while it was loaded; importing it should do nothing but define`;
  throw new CapstanError(
    "invalid-manifest",
    `the plugin cannot be loaded: ${reason}${written === "" ? "" : `\n${written}`}`,
  );
}
