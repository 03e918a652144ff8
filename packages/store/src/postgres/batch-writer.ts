import { CapstanError } from "@capstan/protocol/plain";
import { packedTables, type PackedBatch } from "../row/packed-batch.js";
import type { Value } from "../row/value.js";
import { ArrayEncoder } from "./array-encoder.js";
import { beginFencedSql, passFences, type PassedFence } from "./fence.js";
import { writeFlaky } from "./flaky-write.js";
import type { Session } from "./session.js";
import { lastOfEachKey, tablePlans, type TablePlan } from "./table-plan.js";
import type { TableStatement } from "./table-statement.js";
import { finishTasks, keepEarlierTrials, replaceFinished } from "./task-statement.js";

/** Rows of one statement: enough to share its cost, few enough for the largest message that the server takes. */
const rowsMax = 1_024;

interface Rows {
  readonly cells: readonly Value[];
  readonly width: number;
}

/** Writes packed batches, each in one transaction: all of its statements are sent at once, then the commit. */
export class BatchWriter {
  readonly #session: Session;
  readonly #engine: string | undefined;
  readonly #encoder = new ArrayEncoder();

  /** `engine`: this one among several that share the store. */
  constructor(session: Session, engine: string | undefined) {
    this.#session = session;
    this.#engine = engine;
  }

  /**
   * `committing` is called when nothing but the commit is left, with a fence that tells afterwards whether it happened.
   * @throws FencedError, and whatever the server throws; nothing of the batch is written then, unless it was the commit that failed.
   */
  async write(batch: PackedBatch, committing: (fence: PassedFence | undefined) => void): Promise<void> {
    const session = this.#session;
    this.#encoder.reset();
    try {
      const [, passed, unmoved] = await Promise.all([
        session.execute(beginFencedSql),
        passFences(session, batch.fences, this.#engine),
        this.#finish(batch),
        ...this.#send(batch),
      ]);
      if (unmoved) await this.#replaceFinished(batch);
      if (batch.cells.flaky !== undefined) await writeFlaky(session, batch.cells.flaky);
      committing(passed);
    } catch (error) {
      if (!session.isLost) await session.run("ROLLBACK").catch(() => {});
      throw error;
    }
    await session.run("COMMIT");
  }

  /**
   * Sends what needs no answer in between, in the order of the lists. Finished tasks were sent before, and flaky verdicts
   * follow: a batch has each task in one list of tasks, so that makes no difference.
   */
  #send(batch: PackedBatch): Promise<unknown>[] {
    return packedTables.flatMap((table) => {
      const cells = batch.cells[table];
      if (cells === undefined || table === "finishedTasks" || table === "flaky") return [];
      return this.#sendTable(cells, tablePlans[table]);
    });
  }

  #sendTable(cells: readonly Value[], plan: TablePlan): Promise<unknown>[] {
    const rows = { cells: lastOfEachKey(cells, plan), width: plan.width };
    return plan.statements.map(async (statement) => {
      const count = await this.#run(statement, rows);
      if (plan.isExact === true && count !== rows.cells.length / rows.width) {
        throw new CapstanError("internal", "a task is updated but not in the hot table");
      }
    });
  }

  /** Nearly always the tasks are hot and move inside the server. Says whether some were not. */
  async #finish({ cells: { finishedTasks } }: PackedBatch): Promise<boolean> {
    if (finishedTasks === undefined) return false;
    const width = finishTasks.columns.length;
    return (await this.#run(finishTasks, { cells: finishedTasks, width })) !== finishedTasks.length / width;
  }

  /**
   * A task that was launched and finished within one batch never was hot; one that was rerun and finished within one is
   * still in history.
   */
  async #replaceFinished({ cells: { finishedTasks = [] } }: PackedBatch): Promise<void> {
    const rows = { cells: finishedTasks, width: finishTasks.columns.length };
    await Promise.all([this.#run(keepEarlierTrials, rows), this.#run(replaceFinished, rows)]);
  }

  /** Says how many rows were written. */
  async #run({ text, columns }: TableStatement, { cells, width }: Rows): Promise<number> {
    const total = cells.length / width;
    const steps: Buffer[][] = [];
    // All are encoded before one is sent: what cannot be leaves no answer that nobody waits for.
    for (let from = 0; from < total; from += rowsMax) {
      const count = Math.min(rowsMax, total - from);
      steps.push(
        columns.map(({ kind }, at) => this.#encoder.encode(kind, cells, { at: from * width + at, width, count })),
      );
    }
    const answers = await Promise.all(steps.map((arrays) => this.#session.run(text, ...arrays)));
    return answers.reduce((sum, answer) => sum + answer.count, 0);
  }
}
