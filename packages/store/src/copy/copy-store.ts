import { setImmediate } from "node:timers/promises";
import { CapstanError } from "@capstan/protocol/plain";
import { raiseEpochs } from "./raise-epochs.js";
import { openSource, openTarget, type CopyPlaces } from "./open-ends.js";
import type { RowBatch } from "./row-batch.js";
import { digestOfTables, TableHash, type TableDigest } from "./store-digest.js";
import type { CopySource, CopyTarget } from "./store-end.js";
import { assertSameShapes, type TableShape } from "./table-shape.js";

export interface CopyProgress {
  /** Rows are first written, then read back. */
  readonly phase: "write" | "check";
  readonly table: string;
  /** Rows of all tables that this phase is through with. */
  readonly rows: number;
  readonly rowsTotal: number;
}

export interface CopyOptions extends CopyPlaces {
  readonly nowMs: number;
  /** Ends the copy; the target is left as it was. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: CopyProgress) => void;
}

export interface StoreCopy {
  /** Both places as they may be shown: without a password. */
  readonly from: string;
  readonly to: string;
  readonly rows: number;
  /** Of all rows of both stores but the partitions, whose epochs are raised. */
  readonly digest: string;
  readonly tables: readonly TableDigest[];
}

/** Epochs differ between a store and its copy. */
const partitions = "partition";

/**
 * Copies a store into one that is empty, of the same or of the other database, while no engine has either; reads the
 * copy back and compares. Nothing is kept of a copy that is interrupted or differs, and the source stays as it is.
 * @throws CapstanError `store-locked`, `store-not-empty`, `store-older`, `store-newer`, `invalid-config`,
 * `unsupported`, `store-failed`; `internal` when the copy differs. What the signal was aborted with.
 */
export async function copyStore(options: CopyOptions): Promise<StoreCopy> {
  const source = await openSource(options);
  try {
    const target = await openTarget(options);
    try {
      return await copyBetween(source, target, options);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** The digests of a store's tables, of all but the partitions. */
export async function digestStore(source: CopySource): Promise<readonly TableDigest[]> {
  const tables: TableDigest[] = [];
  for (const shape of source.shapes) tables.push(await hash(shape, source.read(shape), async () => {}));
  return tables.filter(({ table }) => table !== partitions);
}

async function copyBetween(source: CopySource, target: CopyTarget, options: CopyOptions): Promise<StoreCopy> {
  assertSameShapes(source.shapes, target.shapes);
  let rowsTotal = 0;
  for (const shape of source.shapes) rowsTotal += await source.count(shape);
  const walk = walker(options, rowsTotal);
  const written = await walk("write", source.shapes, {
    read: (shape) => raised(source.read(shape), shape, target.epochMax),
    use: (shape, rows) => target.write(shape, rows),
  });
  const found = await walk("check", target.shapes, { read: (shape) => target.read(shape), use: async () => {} });
  assertSame(written, found);
  options.signal?.throwIfAborted();
  await target.keep();
  const tables = found.filter(({ table }) => table !== partitions);
  return { from: source.shown, to: target.shown, rows: rowsTotal, digest: digestOfTables(tables), tables };
}

interface Pass {
  readonly read: (shape: TableShape) => AsyncIterable<RowBatch>;
  readonly use: (shape: TableShape, rows: RowBatch) => Promise<void>;
}

type Walk = (phase: CopyProgress["phase"], shapes: readonly TableShape[], pass: Pass) => Promise<TableDigest[]>;

/** Goes through all tables, tells how far it has come, and can be stopped between any two batches. */
function walker({ signal, onProgress }: CopyOptions, rowsTotal: number): Walk {
  return async (phase, shapes, { read, use }) => {
    const tables: TableDigest[] = [];
    let rows = 0;
    for (const shape of shapes) {
      const { table } = shape;
      const digest = await hash(shape, read(shape), async (batch) => {
        // SQLite answers at once: without a turn of the loop no signal would be heard.
        await setImmediate();
        signal?.throwIfAborted();
        await use(shape, batch);
        rows += batch.count;
        onProgress?.({ phase, table, rows, rowsTotal });
      });
      tables.push(digest);
    }
    return tables;
  };
}

async function hash(
  shape: TableShape,
  batches: AsyncIterable<RowBatch>,
  use: (batch: RowBatch) => Promise<void>,
): Promise<TableDigest> {
  const digest = new TableHash(shape);
  for await (const batch of batches) {
    digest.add(batch);
    await use(batch);
  }
  return digest.end();
}

async function* raised(
  batches: AsyncIterable<RowBatch>,
  shape: TableShape,
  epochMax: number,
): AsyncGenerator<RowBatch> {
  for await (const batch of batches) {
    if (shape.table === partitions) raiseEpochs(batch, shape, epochMax);
    yield batch;
  }
}

function assertSame(written: readonly TableDigest[], found: readonly TableDigest[]): void {
  const different = written.filter(({ rows, digest }, at) => found[at]?.rows !== rows || found[at].digest !== digest);
  if (different.length === 0) return;
  const names = different.map(({ table }) => table).join(", ");
  throw new CapstanError("internal", `the copy differs from the store in ${names}: nothing of it was kept`);
}
