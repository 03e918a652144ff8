import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CapstanError, type OfferMessage, type Workspace, type WorkerMessage } from "@capstan/protocol";
import { VirtualClock, withFolder } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { WorkerEmitter } from "../event/worker-event.js";
import { ProcessGroupHost } from "./script-host.test.support.js";
import { ScriptRun } from "./phase-run.js";
import { WorkspaceBook } from "./workspace-book.js";

const taskset = "set_0123456789abcdefghjkmn";
const tree = { digest: `sha256:${"0".repeat(64)}`, bytes: 2 };
const offer: OfferMessage = {
  type: "offer",
  offer: 1,
  task: "task_0123456789abcdefghjkmn",
  taskset,
  definition: "command/run",
  revision: "rev_0123456789abcdefghjkmnpqrs",
  runtime: "command",
  needsWorkspace: true,
};

/** A book whose trees are empty folders, and whose scripts are real processes. */
class Bed {
  readonly clock = new VirtualClock();
  readonly sent: WorkerMessage[] = [];
  readonly host = new ProcessGroupHost();
  workspace: Workspace = { tree };
  isConnected = true;
  failure: CapstanError | undefined;
  readonly book: WorkspaceBook;
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
    this.book = new WorkspaceBook({
      clock: this.clock,
      events: new WorkerEmitter(),
      folder: {
        write: async (_, name, signal) => {
          signal.throwIfAborted();
          if (this.failure !== undefined) throw this.failure;
          await mkdir(join(folder, name));
          return join(folder, name);
        },
        remove: (path) => rm(path, { recursive: true }),
        close: async () => {},
      },
      find: async () => this.workspace,
      run: ({ script, folder: place, timeoutMs, phase }) =>
        new ScriptRun(
          { script, folder: place, timeoutMs, env: { PATH: process.env["PATH"]!, PHASE: phase } },
          { spawner: this.host, clock: this.clock },
        ),
      send: (message) => {
        this.sent.push(message);
        this.host.changed();
      },
      isReady: () => this.isConnected,
      failedMs: 30_000,
    });
  }

  /** Resolves once that message was sent. */
  async until(type: WorkerMessage["type"], more: Partial<WorkerMessage> = {}): Promise<void> {
    await this.host.until(() => this.sent.some((each) => each.type === type && fits(each, more)));
  }
}

function fits(message: WorkerMessage, more: object): boolean {
  return Object.entries(more).every(([name, value]) => (message as unknown as Record<string, unknown>)[name] === value);
}

function withBed(use: (bed: Bed) => Promise<void>): () => Promise<void> {
  return () =>
    withFolder(async (folder) => {
      const bed = new Bed(folder);
      await use(bed);
      await bed.book.close();
    });
}

describe("the workspaces of a worker", () => {
  test(
    "are got ready once, before the first task is taken; what has none is not held up",
    withBed(async (bed) => {
      bed.workspace = { tree, setup: { script: "echo $PHASE here >> made; pwd", env: { A: "b" } } };
      expect(bed.book.claim({ ...offer, needsWorkspace: false })).toBeUndefined();
      expect(bed.book.claim(offer)).toMatchObject({ reason: "no-workspace" });
      expect(bed.book.claim(offer)).toMatchObject({ reason: "no-workspace" });
      expect(bed.book.enter(taskset)).toBeUndefined();
      await bed.until("workspaceReady");
      expect(bed.book.claim(offer)).toBeUndefined();
      expect(bed.sent).toMatchObject([
        { type: "phaseEnded", phase: "sync", status: "succeeded" },
        { type: "phaseEnded", phase: "setup", status: "succeeded", log: `${join(bed.folder, taskset)}\n` },
        { type: "workspaceReady", taskset },
      ]);
      const folder = bed.book.enter(taskset)!;
      expect(await readFile(join(folder, "made"), "utf8")).toBe("setup here\n");
    }),
  );

  test(
    "are cleaned up when their taskset has ended and nothing runs there any more",
    withBed(async (bed) => {
      bed.workspace = { tree, cleanUp: { script: `cp note ${join(bed.folder, "kept")}` } };
      bed.book.claim(offer);
      await bed.until("workspaceReady");
      const folder = bed.book.enter(taskset)!;
      await writeFile(join(folder, "note"), "bye");
      bed.book.release(taskset);
      expect(bed.book.claim(offer)).toMatchObject({ reason: "no-workspace" });
      expect(bed.sent.some((each) => each.type === "phaseEnded" && each.phase === "cleanUp")).toBe(false);
      bed.book.leave(taskset);
      await bed.until("phaseEnded", { phase: "cleanUp", status: "succeeded" } as never);
      expect(await readFile(join(bed.folder, "kept"), "utf8")).toBe("bye");
      await expect(access(folder)).rejects.toThrow();
      expect(bed.book.list()).toEqual([]);
    }),
  );

  test(
    "that cannot be set up are declined, with what was written, and tried again after a while",
    withBed(async (bed) => {
      bed.workspace = { tree, setup: { script: "echo no compiler >&2; exit 3" } };
      bed.book.claim(offer);
      await bed.until("phaseEnded", { phase: "setup" } as never);
      expect(bed.sent.at(-1)).toMatchObject({
        status: "failed",
        message: "it exited with code 3",
        log: "no compiler\n",
      });
      await bed.host.until(() => bed.book.claim(offer)?.reason === "setup-failed");
      await bed.clock.advance(30_000);
      expect(bed.book.claim(offer)).toMatchObject({ reason: "no-workspace" });
    }),
  );

  test(
    "end by their time limits",
    withBed(async (bed) => {
      bed.workspace = {
        tree,
        setup: { script: "trap '' TERM; echo begun; sleep 1000 & wait; wait", timeoutMs: 5_000 },
      };
      bed.book.claim(offer);
      await bed.host.untilOutput("begun");
      await bed.clock.advance(5_000);
      await bed.clock.advance(5_000);
      await bed.until("phaseEnded", { phase: "setup", status: "timeout" } as never);
    }),
  );

  test(
    "that are not needed any more before they are ready are given up",
    withBed(async (bed) => {
      bed.workspace = { tree, setup: { script: "echo begun; sleep 1000" } };
      bed.book.claim(offer);
      await bed.host.untilOutput("begun");
      bed.book.release(taskset);
      await bed.until("phaseEnded", { phase: "cleanUp" } as never);
      expect(bed.sent).toContainEqual(expect.objectContaining({ phase: "setup", status: "cancelled" }));
      expect(bed.book.list()).toEqual([]);
    }),
  );

  test(
    "that fail while the engine is away are told when it is back",
    withBed(async (bed) => {
      bed.failure = new CapstanError("blob-missing", "it lacks a file");
      bed.isConnected = false;
      bed.book.claim(offer);
      await bed.host.until(() => bed.book.claim(offer)?.reason === "setup-failed");
      expect(bed.sent).toEqual([]);
      bed.isConnected = true;
      bed.book.resend();
      expect(bed.sent).toMatchObject([{ phase: "sync", status: "failed", message: "blob-missing: it lacks a file" }]);
    }),
  );
});
