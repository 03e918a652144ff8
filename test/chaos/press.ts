import { Capstan, type LaunchOptions } from "@capstan/client";
import { CapstanError } from "@capstan/protocol";
import type { LaunchDesk } from "../bed/launch-way.js";

/** The log of a store keeps the room that it once had, so it takes some writing until a full disk is felt. */
const roundsMax = 12;
const atOnce = 8;
/** Nearly as much as an input may be that is no blob. */
const padding = "x".repeat(60_000);

export interface Pressed {
  /** Whether a launch was refused because the store cannot be written. */
  readonly isRefused: boolean;
  /** Resolves when everything that had no clear answer was sent again, and acknowledged. */
  readonly acknowledged: Promise<void>;
}

/** Launches much and tries nothing again, until the engine refuses: what had no answer is sent again under its key. */
export async function press(desk: LaunchDesk, url: string, policy: LaunchOptions["policy"]): Promise<Pressed> {
  const client = new Capstan({ url, retry: { triesMax: 1 }, timeoutMs: 2_000 });
  const again: (() => Promise<void>)[] = [];
  /** Gives the code of the refusal, where there was one. */
  const launchOne = async (): Promise<string | undefined> => {
    const draft = desk.draft();
    const launch = async (by: Capstan): Promise<void> => {
      const options = { policy, idempotencyKey: `press-${draft.n}` };
      const { id } = await by.launch("probe/shared", desk.input(draft, { padding }), options);
      desk.book.add({ ...draft, task: id });
    };
    try {
      await launch(client);
      return undefined;
    } catch (error) {
      again.push(() => launch(desk.client));
      if (error instanceof CapstanError && error.retryable) return error.code;
      desk.book.failures.push(`a full disk gave ${String(error)}`);
      return undefined;
    }
  };
  let codes: readonly (string | undefined)[] = [];
  for (let round = 0; round < roundsMax && !codes.includes("store-failed"); round += 1)
    codes = await Promise.all(Array.from({ length: atOnce }, launchOne));
  const acknowledged = Promise.all(again.map((launch) => launch())).then(
    () => {},
    (error: unknown) => void desk.book.failures.push(`a launch under its key gave ${String(error)}`),
  );
  return { isRefused: codes.includes("store-failed"), acknowledged };
}
