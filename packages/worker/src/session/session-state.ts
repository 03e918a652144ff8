import type { EngineMessageType } from "@capstan/protocol";

/** Where a worker's standing with its engine is. Only in `ready` may it speak of tasks. */
export const sessionStates = ["away", "connecting", "joining", "ready", "closed"] as const;
export type SessionState = (typeof sessionStates)[number];

export const sessionEvents = ["connect", "open", "fail", "welcome", "refuse", "lose", "close"] as const;
export type SessionEvent = (typeof sessionEvents)[number];

/** What each event makes of each state; what is not listed cannot happen. */
export const sessionTransitions: Readonly<Record<SessionState, Readonly<Partial<Record<SessionEvent, SessionState>>>>> =
  {
    away: { connect: "connecting", close: "closed" },
    connecting: { open: "joining", fail: "away", close: "closed" },
    joining: { welcome: "ready", refuse: "away", lose: "away", close: "closed" },
    ready: { refuse: "away", lose: "away", close: "closed" },
    closed: {},
  };

/** The next state. A transition that is not in the table is a fault of the worker itself, so it throws. */
export function transitionSession(state: SessionState, event: SessionEvent): SessionState {
  const next = sessionTransitions[state][event];
  if (next === undefined) throw new Error(`a session that is ${state} cannot ${event}`);
  return next;
}

const inReady = [
  "offer",
  "revoke",
  "noMoreTasks",
  "releaseWorkspace",
  "deployInfo",
  "noDeployInfo",
  "refuse",
  "grant",
  "halt",
  "stop",
  "accepted",
  "refused",
  "logged",
  "heartbeat",
  "drain",
  "undrain",
] as const satisfies readonly EngineMessageType[];

/** The messages that an engine may send in each state; any other breaks the protocol. */
export const expectedMessages: Readonly<Record<SessionState, ReadonlySet<EngineMessageType>>> = {
  away: new Set(),
  connecting: new Set(),
  joining: new Set<EngineMessageType>(["welcome", "refuse"]),
  ready: new Set<EngineMessageType>(inReady),
  closed: new Set(),
};
