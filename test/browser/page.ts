import { Capstan } from "capstan/client";

/** What the test calls in the page, by name; each gives plain values, which the browser's driver carries out. */
const calls = {
  async launch(capstan: Capstan): Promise<unknown> {
    const task = await capstan.launch("command/run", { command: "echo from a page; echo aside >&2" });
    const output = await task.result();
    const trial = (await task.trials())[0]!.id;
    let followed = "";
    for await (const { text } of task.logs({ follow: true })) followed += text;
    return { output, followed, stderr: await capstan.logText(trial, { stream: "stderr" }) };
  },

  /** Follows the events of one task from before its launch to its verdict. */
  async events(capstan: Capstan): Promise<unknown> {
    const ending = new AbortController();
    const stream = capstan.events({ types: ["task.", "trial."], signal: ending.signal });
    const first = stream.next();
    const seen: string[] = [];
    // Launched again until the stream stands: it begins with what happens after that.
    let event = await nextWhileLaunching(capstan, first);
    const { task } = event;
    while (event.task !== task || event.type !== "task.succeeded") {
      if (event.task === task) seen.push(event.type);
      event = (await stream.next()).value!;
    }
    ending.abort();
    return [...seen, event.type];
  },

  async taskset(capstan: Capstan): Promise<unknown> {
    // Long enough not to be sent as one JSON body, but line by line; a browser has to collect those first.
    const long = "x".repeat(6_000);
    const commands = Array.from({ length: 250 }, (_, at) => `${at === 0 ? "exit 3" : "true"} # ${long}`);
    const tasks = commands.map((command) => ({ input: { command } }));
    const policy = { maxTrials: 1 };
    const handle = await capstan.launchTaskset({ task: "command/run", name: "from-a-page", policy, tasks });
    const { status, counts } = await handle.result();
    return { status, succeeded: counts.succeeded, failed: counts.failed, junit: (await handle.junit()).slice(0, 5) };
  },

  async cancel(capstan: Capstan): Promise<unknown> {
    const task = await capstan.launch("command/run", { command: "echo begun; sleep 600" });
    for await (const { text } of task.logs({ follow: true })) if (text.includes("begun")) break;
    await task.cancel();
    return (await task.outcome()).status;
  },

  async refusal(capstan: Capstan): Promise<unknown> {
    return capstan.launch("command/walk", {}).then(
      () => "launched",
      (error: { code?: string }) => error.code,
    );
  },

  /** More waits than a browser has connections. */
  async many(capstan: Capstan): Promise<unknown> {
    const tasks = await capstan.launchMany(
      "command/run",
      Array.from({ length: 20 }, () => ({ command: "true" })),
    );
    return (await Promise.all(tasks.map((task) => task.outcome()))).filter(({ status }) => status === "succeeded")
      .length;
  },
};

type First = ReturnType<ReturnType<Capstan["events"]>["next"]>;

async function nextWhileLaunching(capstan: Capstan, first: First) {
  for (;;) {
    const task = await capstan.launch("command/run", { command: "true" });
    const event = await Promise.race([first, task.outcome().then(() => undefined)]);
    if (event?.value !== undefined) return event.value;
  }
}

export type CallName = keyof typeof calls;

Object.assign(globalThis, {
  async callCapstan(name: CallName, options: { readonly url: string; readonly token?: string }): Promise<unknown> {
    return calls[name](new Capstan({ ...options, retry: { triesMax: 1 } }));
  },
});
