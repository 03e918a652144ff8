import type { MessagePort } from "node:worker_threads";
import { sendError, type Answer, type Call } from "./message.js";

/** Answers each call that arrives at the port, in order. */
export function answerCalls(port: MessagePort, run: (name: string, args: readonly unknown[]) => unknown): void {
  port.on("message", ({ n, name, args }: Call) => {
    let answer: Answer;
    try {
      answer = { n, result: run(name, args) };
    } catch (error) {
      answer = { n, error: sendError(error) };
    }
    port.postMessage(answer);
  });
}
