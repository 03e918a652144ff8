import { createHash } from "node:crypto";
import { checkState } from "@capstan/core";
import type { CapstanError, Manifest, RevisionView } from "@capstan/protocol";
import { describe, expect, it } from "vitest";
import { namespace, pluginManifest, withBed, type EngineBed } from "../engine/engine-bed.test.support.js";

const day = 24 * 3_600_000;

/** Deploys versions 1 to `count`, a second apart; the last is the default. */
async function deployMany(bed: EngineBed, count: number): Promise<RevisionView[]> {
  const revisions: RevisionView[] = [];
  for (let version = 1; version <= count; version += 1) {
    revisions.push(await bed.deploy(pluginManifest(String(version))));
    await bed.advance(1_000);
  }
  return revisions;
}

async function restart(bed: EngineBed): Promise<void> {
  await bed.kill();
  await bed.start();
}

const prune = (bed: EngineBed, keep: number, isDryRun = false) =>
  bed.operations.pruneRevisions(namespace, "demo", { keep, isDryRun });
const deployed = (bed: EngineBed): string[] =>
  bed.operations.getPlugin(namespace, "demo").revisions.map(({ version }) => version);
const launchOf = (bed: EngineBed, { id }: { readonly id: string }, more: object = {}) =>
  bed.launch({ definition: "demo/run", revision: id, ...more });
const codeOf = (error: unknown): string => (error as CapstanError).code;

describe("pruning the revisions of a plugin", () => {
  it(
    "keeps the default, the newest and those with unfinished tasks, says so first, and survives restarts",
    withBed(async (bed) => {
      const revisions = await deployMany(bed, 6);
      await bed.operations.switchDefault(namespace, "demo", revisions[1]!.id);
      const { task } = await launchOf(bed, revisions[2]!);
      const asked = await prune(bed, 2, true);
      expect(asked.pruned.map(({ version }) => version)).toEqual(["4", "1"]);
      expect(asked.kept.map(({ revision, because }) => [revision.version, because])).toEqual([
        ["6", "newest"],
        ["5", "newest"],
        ["3", "unfinished"],
        ["2", "default"],
      ]);
      expect(deployed(bed)).toHaveLength(6);
      expect(await prune(bed, 2)).toEqual({ ...asked, isDryRun: false });
      for (const _ of ["before", "after"]) {
        expect(deployed(bed)).toEqual(["6", "5", "3", "2"]);
        await restart(bed);
      }
      await bed.operations.cancelTask(namespace, task);
      await prune(bed, 0);
      expect(deployed(bed)).toEqual(["2"]);
      await expect(launchOf(bed, revisions[5]!)).rejects.toMatchObject({ code: "unknown-revision" });
    }),
  );

  it(
    "leaves the built-in plugin alone, and knows no other",
    withBed(async (bed) => {
      expect(await bed.operations.pruneRevisions(namespace, "command", { keep: 0 })).toMatchObject({ pruned: [] });
      await expect(prune(bed, 0)).rejects.toMatchObject({ code: "unknown-plugin" });
    }),
  );

  it(
    "refuses a launch that was under way when its revision was pruned",
    withBed(async (bed) => {
      const [old] = await deployMany(bed, 2);
      // An input that is stored as a blob keeps the launch waiting for the disk.
      const launch = launchOf(bed, old!, { input: { command: "x".repeat(100_000) } });
      const refused = expect(launch).rejects.toMatchObject({ code: "revision-pruned" });
      await prune(bed, 0);
      await refused;
      expect(bed.engine.loop.state.tasks.size).toBe(0);
      await restart(bed);
      expect(deployed(bed)).toEqual(["2"]);
    }),
  );

  it(
    "and launching at the same moment, in any order: what is launched has its revision",
    withBed(async (bed) => {
      const revisions = await deployMany(bed, 12);
      const ways = [
        (revision: RevisionView) => launchOf(bed, revision),
        (revision: RevisionView) => launchOf(bed, revision, { idempotencyKey: revision.id }),
        async (revision: RevisionView) => {
          const tasks = [{ definition: "demo/run", revision: revision.id, input: { command: "true" } }];
          await bed.operations.launchTaskset(namespace, { tasks });
        },
      ];
      const launches = revisions.map((revision, at) => () => ways[at % ways.length]!(revision).then(() => revision.id));
      const [early, late] = [launches.slice(0, 6), launches.slice(6)];
      const under = early.map((launch) => launch());
      const pruned = prune(bed, 0);
      under.push(...late.map((launch) => launch()));
      const ends = await Promise.allSettled(under);
      const gone = new Set((await pruned).pruned.map(({ id }) => id));
      for (const [at, end] of ends.entries()) {
        const { id } = revisions[at]!;
        if (end.status === "fulfilled") expect(gone.has(id)).toBe(false);
        else
          expect([gone.has(id), ["revision-pruned", "unknown-revision"]]).toEqual([
            true,
            expect.arrayContaining([codeOf(end.reason)]),
          ]);
      }
      checkState(bed.engine.loop.state);
      await restart(bed);
      expect(bed.engine.loop.state.counts.queued).toBe(ends.filter(({ status }) => status === "fulfilled").length);
    }),
  );

  it(
    "never takes a revision that becomes the default at the same moment",
    withBed(async (bed) => {
      const [old] = await deployMany(bed, 3);
      const release = bed.store.hold();
      const switched = bed.operations.switchDefault(namespace, "demo", old!.id);
      const pruned = prune(bed, 0);
      release();
      await switched;
      expect((await pruned).kept.map(({ revision }) => revision.id)).toEqual([old!.id]);
      const again = prune(bed, 0);
      await Promise.all([again, bed.deploy(pluginManifest("2"))]);
      await restart(bed);
      expect(bed.operations.getPlugin(namespace, "demo")).toMatchObject({
        defaultRevision: expect.any(String) as string,
      });
      expect(deployed(bed).toSorted()).toEqual(["1", "2"]);
    }),
  );

  it(
    "leaves finished tasks to be read; rerunning one asks for its revision, and runs when that is back",
    withBed(async (bed) => {
      const [old] = await deployMany(bed, 2);
      const worker = bed.worker();
      await worker.join({ revisions: [old!.id] });
      const { task } = await launchOf(bed, old!);
      const { taskset } = await bed.operations.launchTaskset(namespace, {
        tasks: [{ definition: "demo/run", revision: old!.id, input: { command: "true" } }],
      });
      await bed.settle();
      for (const { offer } of worker.all("offer")) await worker.send({ type: "accept", offer });
      for (const grant of worker.all("grant")) await worker.report(grant);
      worker.messages.length = 0;
      await prune(bed, 0);
      await bed.settle();
      expect(worker.all("noMoreTasks").map(({ revision }) => revision)).toEqual([old!.id]);

      await restart(bed);
      expect(await bed.operations.getTask(namespace, task)).toMatchObject({ status: "succeeded", revision: old!.id });
      expect(await bed.operations.listTrials(namespace, task)).toHaveLength(1);
      const refusal = {
        code: "revision-pruned",
        message: expect.stringContaining("deploy the same content") as string,
      };
      await expect(bed.operations.rerunTask(namespace, task, {})).rejects.toMatchObject(refusal);
      await expect(bed.operations.rerunTaskset(namespace, taskset, { what: "all" })).rejects.toMatchObject(refusal);
      expect((await bed.operations.getTaskset(namespace, taskset)).status).toBe("succeeded");
      expect((await bed.deploy(pluginManifest("1"))).id).toBe(old!.id);
      expect((await bed.operations.rerunTask(namespace, task, {})).status).toBe("queued");
    }),
  );

  it(
    "lets go the files that no other revision has",
    withBed(async (bed) => {
      const put = async (text: string) => {
        const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
        await bed.operations.putBlob(namespace, digest, [Buffer.from(text)] as never);
        return { path: `${text}.js`, digest, bytes: text.length };
      };
      const [own, shared] = [await put("own"), await put("shared")];
      const withFiles = (version: string, files: Manifest["files"]): Manifest => ({
        ...pluginManifest(version),
        files,
      });
      await bed.deploy(withFiles("1", [own, shared]));
      await bed.advance(1_000);
      await bed.deploy(withFiles("2", [shared]));
      await prune(bed, 0);
      // As after a crash between the commit and the sweep: nothing but the rows says what may go.
      await restart(bed);
      const retention = { taskRetentionMs: day, logRetentionMs: day, rowsMax: 500, nowMs: Date.now() + 2 * day };
      while ((await bed.store.store.prune(retention)).hasMore);
      expect(await bed.operations.missingBlobs(namespace, [own.digest, shared.digest])).toEqual([own.digest]);
    }),
  );
});
