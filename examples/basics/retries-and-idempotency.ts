// Jobs that are tried again, and launches that happen once however often they are sent.
import { definePlugin, defineTask, NonRetryableError, openCapstan, type CapstanError } from "capstan";

const mail = definePlugin({
  name: "mail",
  tasks: {
    send: defineTask({
      policy: { maxTrials: 4, timeoutMs: 10_000, backoff: { initialMs: 50, factor: 2 } },
      input: {
        type: "object",
        required: ["to"],
        properties: { to: { type: "string" } },
        additionalProperties: false,
      } as const,
      run: ({ to }: { to: string }, { trial, log }) => {
        // Trying this again would not help: the task fails at once.
        if (!to.includes("@")) throw new NonRetryableError(`"${to}" is no address`);
        if (trial.number < 3) throw new Error("the mail server is busy");
        log.info("sent", { to });
        return { to, trial: trial.number };
      },
    }),
  },
});

const capstan = await openCapstan({ folder: process.argv[2] ?? ".capstan", plugins: [mail], runtimes: ["inline"] });

const task = await capstan.launch(mail.tasks.send, { to: "ada@example.org" }, { idempotencyKey: "welcome-ada" });
console.log("sent by trial", (await task.result()).trial);

const again = await capstan.launch(mail.tasks.send, { to: "ada@example.org" }, { idempotencyKey: "welcome-ada" });
console.log("the same task:", again.id === task.id, again.isDuplicate);

const other = capstan.launch(mail.tasks.send, { to: "bob@example.org" }, { idempotencyKey: "welcome-ada" });
console.log("another input:", await other.catch((error: CapstanError) => error.code));

const wrong = await capstan.launch(mail.tasks.send, { to: "nobody" });
const { status, cause, trials } = await wrong.outcome();
console.log("no address:", status, cause, "after", trials.total, "trial");

await capstan.close();
