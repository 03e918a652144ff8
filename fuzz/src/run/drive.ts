import { setImmediate as nextTurn } from "node:timers/promises";
import type { ByteString } from "../input/byte-string.js";
import type { Target } from "../target/target.js";
import { CaseSource } from "./case-source.js";
import { Catcher } from "./catcher.js";
import type { Failure } from "./failure.js";
import { Feeder } from "./feeder.js";
import { heapBytes } from "./heap.js";

const pageCases = 4_096;
const batchCases = 64;
/** Until then what is loaded and compiled once settles; the heap is measured after it. */
const warmShare = 0.15;
const heapBytesMax = 8 * 1024 * 1024;

export interface DriveOptions {
  readonly target: Target;
  readonly seed: number;
  readonly firstPage: number;
  readonly corpus: readonly ByteString[];
  readonly limitMs: number;
  readonly casesMax: number;
  /** Where failing inputs are kept; nowhere when left out. */
  readonly folder?: string;
  readonly tell: (progress: { readonly cases: number; readonly page: number }) => void;
  readonly failed: (failure: Failure) => void;
}

export interface DriveReport {
  readonly cases: number;
  readonly page: number;
  readonly ms: number;
  /** Bytes of the heap after a collection, early on and at the end; undefined where the collector cannot be called. */
  readonly heap: { readonly beforeBytes: number; readonly afterBytes: number; readonly isLeak: boolean } | undefined;
}

/** Feeds a target with as many inputs as fit into the time. */
export async function drive(options: DriveOptions): Promise<DriveReport> {
  const { target, seed, corpus, limitMs, casesMax } = options;
  const taker = await target.open();
  const feeder = new Feeder(target, taker);
  const catcher = new Catcher({
    target,
    seed,
    feeder,
    tell: options.failed,
    ...(options.folder === undefined ? {} : { folder: options.folder }),
  });
  const source = new CaseSource({ target, seed, corpus });
  const startedMs = performance.now();
  const stackTraceLimit = Error.stackTraceLimit;
  // Making a stack costs more than most decoders.
  Error.stackTraceLimit = 0;
  const isDone = (): boolean => performance.now() - startedMs >= limitMs || cases >= casesMax;
  let [cases, page] = [0, options.firstPage];
  let beforeBytes: number | undefined;
  for (; !isDone(); page += 1) {
    source.turn(page);
    for (let made = 0; made < pageCases && !isDone(); made += batchCases) {
      const inputs = Array.from({ length: Math.min(batchCases, casesMax - cases) }, () => source.next());
      await catcher.take(await feeder.feed(inputs), page);
      cases += inputs.length;
      options.tell({ cases, page });
    }
    if (performance.now() - startedMs > limitMs * warmShare || cases > casesMax * warmShare)
      beforeBytes ??= heapBytes();
    await nextTurn();
  }
  const afterBytes = heapBytes();
  Error.stackTraceLimit = stackTraceLimit;
  await taker.close?.();
  return { cases, page, ms: performance.now() - startedMs, heap: compare(target, beforeBytes, afterBytes) };
}

function compare(target: Target, beforeBytes: number | undefined, afterBytes: number | undefined): DriveReport["heap"] {
  if (beforeBytes === undefined || afterBytes === undefined) return undefined;
  return { beforeBytes, afterBytes, isLeak: afterBytes - beforeBytes > (target.heapBytesMax ?? heapBytesMax) };
}
