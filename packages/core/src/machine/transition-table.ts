/** A state machine as data: from each status, the events that are possible there and where they lead. */
export type TransitionTable<S extends string, E extends string> = {
  readonly [From in S]: { readonly [Event in E]?: S };
};

/** Why an event does not apply: its subject has ended, or is in a status where that cannot happen. */
export type TransitionRefusal = "already-final" | "not-possible";

/** A late message is expected, so that a refusal is a value and not an exception. */
export type Transition<S extends string> =
  { readonly ok: true; readonly next: S } | { readonly ok: false; readonly reason: TransitionRefusal };

/** Where an event leads; undefined when it is not possible in that status. */
export function next<S extends string, E extends string>(table: TransitionTable<S, E>, from: S, event: E) {
  const row: { readonly [Event in E]?: S } = table[from];
  return Object.hasOwn(row, event) ? row[event] : undefined;
}

/** Every status that some sequence of events leads to from this one, itself included. */
export function reachable<S extends string, E extends string>(table: TransitionTable<S, E>, from: S): ReadonlySet<S> {
  const seen = new Set<S>([from]);
  // A Set hands out what is added while it is walked, so it is its own queue.
  for (const status of seen)
    for (const to of Object.values<S | undefined>(table[status])) if (to !== undefined) seen.add(to);
  return seen;
}

const notPossible = { ok: false, reason: "not-possible" } as const;
const alreadyFinal = { ok: false, reason: "already-final" } as const;

/** Makes the guard of a machine from its table. Its answers are shared values: asking allocates nothing. */
export function makeTransition<S extends string, E extends string>(
  table: TransitionTable<S, E>,
  finals: readonly S[],
): (status: S, event: E) => Transition<S> {
  const moves = new Map<S, Transition<S>>();
  for (const status of Object.keys(table) as S[]) moves.set(status, { ok: true, next: status });
  return (status, event) => {
    const to = next(table, status, event);
    const move = to === undefined ? undefined : moves.get(to);
    return move ?? (finals.includes(status) ? alreadyFinal : notPossible);
  };
}
