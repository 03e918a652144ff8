import { CapstanError, errorRegistry, type ErrorCode } from "@capstan/protocol";
import { broken } from "./broken.js";

/** What was decoded, or the error that it was refused with. */
export type Outcome<T> = { readonly value: T } | { readonly refused: CapstanError };

const messageCharactersMax = 4_096;
const problemCharactersMax = 64 * 1024;

/** Calls a decoder. What it throws must be a typed error of one of these codes, with a remedy and of bounded size. */
export function decode<T>(call: () => T, codes: readonly ErrorCode[]): Outcome<T> {
  try {
    return { value: call() };
  } catch (thrown) {
    return { refused: checkRefusal(thrown, codes) };
  }
}

/** Like {@link decode}, for what answers later. */
export async function decodeLater<T>(call: () => Promise<T>, codes: readonly ErrorCode[]): Promise<Outcome<T>> {
  try {
    return { value: await call() };
  } catch (thrown) {
    return { refused: checkRefusal(thrown, codes) };
  }
}

/** @throws BrokenInvariant, or what was thrown itself when it is no error of Capstan. */
export function checkRefusal(thrown: unknown, codes: readonly ErrorCode[]): CapstanError {
  if (!(thrown instanceof CapstanError)) throw thrown;
  const { code, message } = thrown;
  if (!codes.includes(code)) broken("refused with a code that is not foreseen", code, message);
  if (message.length < 10) broken(`the message of ${code} says nothing`, message);
  if (message.length > messageCharactersMax) broken(`the message of ${code} has no bound`, message);
  if (errorRegistry[code].remedy === "") broken(`${code} has no remedy`);
  if (thrown.details === undefined) return thrown;
  const problem = JSON.stringify(thrown.toProblem());
  if (problem.length > problemCharactersMax) broken(`the problem of ${code} has no bound`, problem);
  return thrown;
}
