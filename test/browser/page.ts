import { Capstan } from "capstan/client";

/* What runs in the browser: the whole of a small application, its findings left on the window for the test to read. */
interface Findings {
  readonly output: unknown;
  readonly log: string;
  readonly events: readonly string[];
  readonly taskset: string;
  readonly cancelled: string;
  readonly refusal: string;
}

async function use(url: string): Promise<Findings> {
  const capstan = new Capstan({ url });
  const events = new Map<string, string[]>();
  const isFollowing = follow(capstan, events);
  const task = await launchWhile(capstan, isFollowing);
  const output = await task.result();
  let log = "";
  for await (const chunk of task.logs({ follow: true })) log += chunk.text;
  const tasks = [1, 2, 3].map((n) => ({ input: { command: `test ${n} -gt 0` } }));
  const { status } = await (await capstan.launchTaskset({ task: "command/run", tasks })).result();
  const long = await capstan.launch("command/run", { command: "sleep 600" });
  await long.cancel();
  const cancelled = (await long.outcome()).status;
  const refusal = await capstan.launch("command/walk", {}).then(
    () => "none",
    (error: { code?: string }) => error.code ?? "no code",
  );
  return { output, log, events: events.get(task.id) ?? [], taskset: status, cancelled, refusal };
}

/** Notes the events of each task as they come; resolves with the first. */
async function follow(capstan: Capstan, events: Map<string, string[]>): Promise<void> {
  let note = (): void => {};
  const first = new Promise<void>((resolve) => (note = resolve));
  void (async () => {
    for await (const { task = "", type } of capstan.events({ types: ["task."] })) {
      events.set(task, [...(events.get(task) ?? []), type]);
      note();
    }
  })();
  return first;
}

/** Launches until events come, then once more: a stream says only what happens after it stands. */
async function launchWhile(capstan: Capstan, first: Promise<void>) {
  const followed = first.then(() => true);
  const launched = async (): Promise<false> => {
    await (await capstan.launch("command/run", { command: "true" })).result();
    return false;
  };
  while (!(await Promise.race([followed, launched()])));
  return capstan.launch("command/run", { command: "echo from a page" });
}

Object.assign(globalThis, { use });
