import type { Capstan } from "@capstan/client";
import { framedAdapter } from "@capstan/adapter";
import { CapstanError } from "@capstan/protocol";
import type { Context } from "../context.js";
import { counted } from "../render/text.js";
import { deployAdapter, sequenceDefinition } from "../suite/deploy-adapter.js";
import { sendWorkspace } from "../workspace/send-workspace.js";
import type { BisectSettings } from "./bisect-settings.js";
import { findEarlierFiles } from "./earlier-files.js";
import type { ProbeSettings } from "./probe.js";

/** What may be to blame, in the order in which it is to run; says where that is from. @throws CapstanError `invalid-config` when there is nothing. */
export async function findCandidates(
  { output }: Context,
  client: Capstan,
  { after, name, file, files }: BisectSettings,
): Promise<readonly string[]> {
  const earlier = after === undefined && name !== undefined ? await findEarlierFiles(client, name, file) : undefined;
  const there = new Set(files);
  const ran = earlier?.files.filter((each) => there.has(each)) ?? [];
  const isKnown = earlier !== undefined && ran.length > 0;
  const candidates = isKnown ? ran : (after ?? files.filter((each) => each !== file));
  if (candidates.length === 0)
    throw new CapstanError("invalid-config", "no other file is there that may be to blame: name some by --after");
  const from = isKnown ? { taskset: earlier.taskset, worker: earlier.worker } : {};
  if (output.isJson) output.json({ type: "candidates", files: candidates, ...from });
  const many = counted(candidates.length, "file");
  if (isKnown) output.note(`${many} ran before it on ${earlier.worker} in ${earlier.taskset}`);
  else if (after === undefined && name !== undefined)
    output.note(`in no run of ${name} it is known to have failed after others: any of ${many} may be to blame`);
  return candidates;
}

/** Deploys what runs the probes, and sends the tree where that travels. */
export async function prepareProbes(
  context: Context,
  client: Capstan,
  settings: BisectSettings,
): Promise<ProbeSettings> {
  const { adapter, root, sent, labels, memoryBytes, commandOf, file, example, times, timeoutMs } = settings;
  const framed = adapter.isFramed === true ? adapter : framedAdapter(adapter, {});
  const { id } = await deployAdapter(client, framed, sequenceDefinition);
  const workspace = sent && (await sendWorkspace(context, client, { root, settings: sent }));
  const task = `${adapter.name}/${sequenceDefinition}`;
  return { task, revision: id, root, workspace, labels, memoryBytes, commandOf, file, example, times, timeoutMs };
}
