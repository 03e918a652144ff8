import type { Capstan } from "@capstan/client";
import { CapstanError } from "@capstan/protocol";
import type { SeededRandom } from "@capstan/testkit";

/** What was launched under one number, as the engine acknowledged it. */
export interface Launch {
  readonly n: number;
  readonly task: string;
  readonly forMs: number;
}

export interface LoadOptions {
  readonly client: Capstan;
  readonly journal: string;
  readonly random: SeededRandom;
  /** Pause between two launches, in ms. */
  readonly everyMs: number;
  readonly definition?: string;
}

/** Launches without end, in all the ways there are, and takes down what was acknowledged. */
export class Load {
  readonly launches: Launch[] = [];
  readonly cancelled = new Set<string>();
  /** Ids that the engine gave for the same idempotency key, when it was asked again. */
  readonly doubled: string[] = [];
  /** Answers that no crash explains. */
  readonly failures: string[] = [];
  readonly #options: LoadOptions;
  readonly #keys = new Map<string, Launch>();
  #n = 0;
  #isEnded = false;
  #running: Promise<void> | undefined;

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= Promise.all([this.#lane(), this.#lane(), this.#lane()]).then(() => {});
  }

  /** Resolves when everything that was sent is acknowledged. */
  async stop(): Promise<void> {
    this.#isEnded = true;
    await this.#running;
  }

  /** Launches once more under keys that were acknowledged before: each must be met by the task that it gave. */
  async repeat(count: number): Promise<void> {
    const { client, random } = this.#options;
    const keys = [...this.#keys.keys()];
    for (let at = 0; at < Math.min(count, keys.length); at += 1) {
      const key = random.pick(keys);
      const launch = this.#keys.get(key)!;
      const again = await client.launch(this.#definition, this.#input(launch), { idempotencyKey: key });
      if (again.id !== launch.task) this.doubled.push(`${key}: ${launch.task} and ${again.id}`);
    }
  }

  get #definition(): string {
    return this.#options.definition ?? "probe/note";
  }

  async #lane(): Promise<void> {
    const { random, everyMs } = this.#options;
    while (!this.#isEnded) {
      try {
        await this.#launch(random.int(0, 9));
      } catch (error) {
        this.failures.push(error instanceof CapstanError ? `${error.code}: ${error.message}` : String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
  }

  async #launch(kind: number): Promise<void> {
    if (kind < 5) return this.#launchOne();
    if (kind < 7) return this.#launchMany(10);
    if (kind < 9) return this.#launchTaskset(10);
    return this.#launchAndCancel();
  }

  async #launchOne(): Promise<void> {
    const draft = this.#draft();
    const key = `key-${draft.n}`;
    const { id } = await this.#options.client.launch(this.#definition, this.#input(draft), { idempotencyKey: key });
    this.#keys.set(key, { ...draft, task: id });
    this.launches.push({ ...draft, task: id });
  }

  async #launchMany(count: number): Promise<void> {
    const drafts = Array.from({ length: count }, () => this.#draft());
    const handles = await this.#options.client.launchMany(
      this.#definition,
      drafts.map((draft) => this.#input(draft)),
    );
    this.launches.push(...drafts.map((draft, at) => ({ ...draft, task: handles[at]!.id })));
  }

  async #launchTaskset(count: number): Promise<void> {
    const drafts = Array.from({ length: count }, () => this.#draft());
    const taskset = await this.#options.client.launchTaskset({
      task: this.#definition,
      name: `set-${drafts[0]!.n}`,
      tasks: drafts.map((draft) => ({ key: String(draft.n), input: this.#input(draft) })),
    });
    for (const task of await tasksOf(this.#options.client, taskset.id)) {
      const draft = drafts.find(({ n }) => String(n) === task.key);
      if (draft === undefined) this.failures.push(`${taskset.id} has a task ${task.id} that nobody launched`);
      else this.launches.push({ ...draft, task: task.id });
    }
  }

  /** A task of the far future, whose acknowledged cancel must stand. */
  async #launchAndCancel(): Promise<void> {
    const draft = this.#draft();
    const handle = await this.#options.client.launch(this.#definition, this.#input(draft), { delayMs: 3_600_000 });
    await handle.cancel();
    this.cancelled.add(handle.id);
  }

  #draft(): Omit<Launch, "task"> {
    const { random } = this.#options;
    const kind = random.int(0, 19);
    const forMs = kind === 0 ? random.int(1_000, 3_000) : kind < 4 ? random.int(20, 200) : 0;
    return { n: (this.#n += 1), forMs };
  }

  #input({ n, forMs }: Omit<Launch, "task">): object {
    return { journal: this.#options.journal, n, forMs };
  }
}

async function tasksOf(client: Capstan, taskset: string): Promise<{ readonly id: string; readonly key?: string }[]> {
  const tasks: { readonly id: string; readonly key?: string }[] = [];
  for await (const task of client.tasks({ taskset, limit: 1_000 })) tasks.push(task);
  return tasks;
}
