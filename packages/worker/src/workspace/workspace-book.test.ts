import { access, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CapstanError, times, type OfferMessage, type Workspace, type WorkerMessage } from "@capstan/protocol";
import { makeGate, VirtualClock, withFolder } from "@capstan/testkit";
import { describe, expect, test } from "vitest";
import { WorkerEmitter } from "../event/worker-event.js";
import { ProcessGroupHost } from "./script-host.test.support.js";
import { ScriptRun } from "./phase-run.js";
import { WorkspaceBook } from "./workspace-book.js";

const taskset = "set_0123456789abcdefghjkmn";
const setupMs = 20_000;
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
  readonly vacated: string[] = [];
  readonly host = new ProcessGroupHost();
  workspace: Workspace = { tree };
  isConnected = true;
  /** Is told of each message as it is sent. */
  onSent: (message: WorkerMessage) => void = () => {};
  failure: CapstanError | undefined;
  /** Why no script can be started. */
  scriptFailure: CapstanError | undefined;
  /** What a step waits for. */
  readonly held: { find?: Promise<unknown>; write?: Promise<unknown>; vacate?: Promise<unknown> } = {};
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
          await unlessAborted(this.held.write, signal);
          await mkdir(join(folder, name));
          return join(folder, name);
        },
        remove: (path) => rm(path, { recursive: true }),
        close: async () => {},
      },
      find: async (_, signal) => {
        await unlessAborted(this.held.find, signal);
        return this.workspace;
      },
      run: ({ script, folder: place, timeoutMs, phase }) => {
        if (this.scriptFailure !== undefined) throw this.scriptFailure;
        return new ScriptRun(
          { script, folder: place, timeoutMs, env: { PATH: process.env["PATH"]!, PHASE: phase } },
          { spawner: this.host, clock: this.clock },
        );
      },
      vacate: async (place) => {
        await access(place);
        this.vacated.push(place);
        await this.held.vacate;
      },
      send: (message) => {
        this.sent.push(message);
        this.onSent(message);
        this.host.changed();
      },
      isReady: () => this.isConnected,
      setupMs,
      failedMs: 30_000,
    });
  }

  /** Resolves once that message was sent. */
  async until(type: WorkerMessage["type"], more: Partial<WorkerMessage> = {}): Promise<void> {
    await this.host.until(() => this.sent.some((each) => each.type === type && fits(each, more)));
  }
}

/** Waits for it, as what is given up once nobody wants it. */
async function unlessAborted(step: Promise<unknown> | undefined, signal: AbortSignal): Promise<void> {
  if (step === undefined) return;
  await new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    void step.then(resolve);
  });
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
      expect(bed.vacated).toEqual([folder]);
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

const stubborn = "trap '' TERM; echo begun; sleep 1000 & wait; wait";

describe("the time of a workspace", () => {
  test(
    "is bounded before it is known what it is",
    withBed(async (bed) => {
      bed.held.find = makeGate().opened;
      bed.book.claim(offer);
      await bed.clock.advance(times.syncMs);
      await bed.until("phaseEnded", { phase: "sync", status: "timeout" } as never);
    }),
  );

  test(
    "counts from the first question on",
    withBed(async (bed) => {
      const found = makeGate();
      bed.held.find = found.opened;
      bed.held.write = makeGate().opened;
      bed.workspace = { tree, syncTimeoutMs: 5_000 };
      bed.book.claim(offer);
      await bed.clock.advance(4_000);
      found.open();
      await bed.clock.advance(999);
      expect(bed.sent).toEqual([]);
      await bed.clock.advance(1);
      expect(bed.sent).toMatchObject([{ phase: "sync", status: "timeout", message: "it took longer than 5000 ms" }]);
    }),
  );

  test(
    "is for a setup that states none what the worker gives",
    withBed(async (bed) => {
      bed.workspace = { tree, setup: { script: "echo begun; sleep 1000" } };
      bed.book.claim(offer);
      await bed.host.untilOutput("begun");
      await bed.clock.advance(setupMs);
      await bed.until("phaseEnded", {
        phase: "setup",
        status: "timeout",
        message: `it took longer than ${setupMs} ms`,
      } as never);
    }),
  );
});

describe("what a workspace ends with", () => {
  test(
    "is its clean-up, also when it waited for a trial while the worker was closed",
    withBed(async (bed) => {
      bed.workspace = { tree, cleanUp: { script: "echo cleaned" } };
      bed.book.claim(offer);
      await bed.until("workspaceReady");
      const folder = bed.book.enter(taskset)!;
      bed.book.release(taskset);
      await bed.book.close();
      expect(bed.sent.at(-1)).toMatchObject({ phase: "cleanUp", status: "succeeded", log: "cleaned\n" });
      await expect(access(folder)).rejects.toThrow();
      expect(bed.book.list()).toEqual([]);
    }),
  );

  test(
    "is the removal of its folder, also when the clean-up cannot be started",
    withBed(async (bed) => {
      bed.workspace = { tree, cleanUp: { script: "true" } };
      bed.book.claim(offer);
      await bed.until("workspaceReady");
      const folder = join(bed.folder, taskset);
      await access(folder);
      bed.scriptFailure = new CapstanError("internal", "there is no spawner");
      bed.book.release(taskset);
      await bed.until("phaseEnded", { phase: "cleanUp", status: "failed" } as never);
      await expect(access(folder)).rejects.toThrow();
    }),
  );

  test(
    "is no clean-up of a setup that never began",
    withBed(async (bed) => {
      bed.workspace = { tree, setup: { script: "true" }, cleanUp: { script: "echo cleaned" } };
      bed.onSent = (message) => {
        if (message.type === "phaseEnded" && message.phase === "sync") bed.book.release(taskset);
      };
      bed.book.claim(offer);
      expect(bed.book.list()).toEqual([taskset]);
      await bed.until("phaseEnded", { phase: "cleanUp", status: "succeeded" } as never);
      expect(bed.sent).toMatchObject([{ phase: "sync" }, { phase: "cleanUp" }]);
      expect(bed.sent.at(-1)).not.toHaveProperty("log");
      await expect(access(join(bed.folder, taskset))).rejects.toThrow();
    }),
  );
});

describe("a worker that is stopped at once", () => {
  test.each(["setup", "cleanUp"] as const)("kills the script of a %s, which has been asked to end or not", (phase) =>
    withBed(async (bed) => {
      bed.workspace = { tree, [phase]: { script: stubborn } };
      bed.book.claim(offer);
      if (phase === "cleanUp") await bed.until("workspaceReady");
      if (phase === "cleanUp") bed.book.release(taskset);
      await bed.host.untilOutput("begun");
      const closed = bed.book.close();
      bed.book.force();
      await closed;
      expect(bed.sent).toContainEqual(expect.objectContaining({ phase, status: "cancelled" }));
      await expect(access(join(bed.folder, taskset))).rejects.toThrow();
    })(),
  );

  test(
    "fetches nothing more, and begins no script",
    withBed(async (bed) => {
      const other = "set_1123456789abcdefghjkmn";
      bed.workspace = { tree, cleanUp: { script: stubborn } };
      bed.book.claim(offer);
      await bed.until("workspaceReady");
      bed.held.find = makeGate().opened;
      bed.book.claim({ ...offer, taskset: other });
      bed.book.force();
      await bed.book.close();
      expect(bed.sent).toContainEqual(expect.objectContaining({ taskset: other, phase: "sync", status: "cancelled" }));
      expect(bed.sent).toContainEqual(expect.objectContaining({ taskset, phase: "cleanUp", status: "cancelled" }));
    }),
  );

  test(
    "waits for no executor that has something to do in the workspace",
    withBed(async (bed) => {
      bed.held.vacate = makeGate().opened;
      bed.book.claim(offer);
      await bed.until("workspaceReady");
      const closed = bed.book.close();
      await expect(access(join(bed.folder, taskset))).resolves.toBe(undefined);
      bed.book.force();
      await closed;
      await expect(access(join(bed.folder, taskset))).rejects.toThrow();
    }),
  );
});
