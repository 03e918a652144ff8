/** For each state the events that may happen in it, and the state that each leads to. */
export type TransitionTable = Readonly<Record<string, EventTable>>;

type EventTable = Readonly<Record<string, string | undefined>>;

/** One machine of the model. */
export interface StateMachine {
  readonly name: string;
  readonly table: TransitionTable;
  /** The states in which a thing begins. */
  readonly starts: readonly string[];
  /** The states that are ends, though a rerun may lead out of them. */
  readonly finals: readonly string[];
}

const intro = `# States

What each thing can be, and what leads from one state to another. The tables are exported by \`@capstan/core\`, and the same tables guard every change of state.
An event that a state does not list is refused and changes nothing.
`;

/** The page of state diagrams, one section a machine. */
export function renderStates(machines: readonly StateMachine[]): string {
  return [intro, ...machines.map(renderMachine)].join("\n");
}

function renderMachine(machine: StateMachine): string {
  return `## ${machine.name}

\`\`\`mermaid
${renderDiagram(machine)}
\`\`\`

| from | event | to |
| --- | --- | --- |
${renderRows(machine.table)}
`;
}

/** A mermaid state diagram: one arrow between two states, however many events go along it. Events that change nothing are left out. */
export function renderDiagram({ table, starts, finals }: Omit<StateMachine, "name">): string {
  const lines = [
    ...starts.map((state) => `[*] --> ${stateId(state)}`),
    ...Object.entries(table).flatMap(([from, events]) => arrows(from, events)),
    ...finals.map((state) => `${stateId(state)} --> [*]`),
  ];
  return ["stateDiagram-v2", ...lines.map((line) => `  ${line}`)].join("\n");
}

function arrows(from: string, events: EventTable): string[] {
  const eventsTo = new Map<string, string[]>();
  for (const [event, to] of transitions(events))
    if (to !== from) eventsTo.set(to, [...(eventsTo.get(to) ?? []), event]);
  return [...eventsTo].map(([to, names]) => `${stateId(from)} --> ${stateId(to)}: ${names.join(", ")}`);
}

/** Mermaid reads a hyphen as part of an arrow. */
function stateId(state: string): string {
  return state.replaceAll("-", "_");
}

function renderRows(table: TransitionTable): string {
  const rows = Object.entries(table).flatMap(([from, events]) =>
    transitions(events).map(([event, to]) => `| \`${from}\` | ${event} | \`${to}\` |`),
  );
  return rows.join("\n");
}

function transitions(events: EventTable): [event: string, to: string][] {
  return Object.entries(events).flatMap(([event, to]): [string, string][] => (to === undefined ? [] : [[event, to]]));
}
