import { Socket } from "node:net";
import { createInterface } from "node:readline";

/** A persistent command of a soak: takes trials on file descriptor 3 and gives back the sum of its input. */
interface Trial {
  readonly type: string;
  readonly trial: string;
  readonly input: { readonly numbers: readonly number[] };
}

const socket = new Socket({ fd: 3, readable: true, writable: true });
const send = (message: object): void => void socket.write(`${JSON.stringify(message)}\n`);
const lines = createInterface({ input: socket });

lines.on("line", (line) => {
  const { type, trial, input } = JSON.parse(line) as Trial;
  if (type === "close") process.exit(0);
  if (type !== "trial") return;
  const sum = input.numbers.reduce((total, each) => total + each, 0);
  process.stdout.write(`the sum of ${input.numbers.length} numbers is ${sum}\n`, () =>
    send({ type: "result", trial, status: "succeeded", output: { sum } }),
  );
});
lines.on("close", () => process.exit(0));
send({ type: "ready" });
