/** What follows on what: for each state the events that may happen in it and the state that each leads to. */
export type TransitionTable = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One machine of the model. */
export interface StateMachine {
  readonly name: string;
  readonly table: TransitionTable;
}

/** The page of state diagrams, one section a machine. */
export function renderStates(machines: readonly StateMachine[]): string {
  const intro =
    "# States\n\nWhat each thing can be, and what leads from one state to another. The tables are exported by `@capstan/core`; the same tables guard " +
    "every change of state.\n";
  return [intro, ...machines.map(renderMachine)].join("\n");
}

function renderMachine({ name, table }: StateMachine): string {
  return `## ${name}\n\n\`\`\`mermaid\n${renderDiagram(table)}\n\`\`\`\n\n| from | event | to |\n| --- | --- | --- |\n${renderRows(table)}\n`;
}

/** A mermaid state diagram. States that nothing leads to are entries; states that lead nowhere are ends. */
export function renderDiagram(table: TransitionTable): string {
  const states = new Set(Object.entries(table).flatMap(([from, events]) => [from, ...Object.values(events)]));
  const reached = new Set(
    Object.entries(table).flatMap(([from, events]) => Object.values(events).filter((to) => to !== from)),
  );
  const lines = [
    ...[...states].filter((state) => state.includes("-")).map((state) => `state "${state}" as ${stateId(state)}`),
    ...[...states].filter((state) => !reached.has(state)).map((state) => `[*] --> ${stateId(state)}`),
    ...Object.entries(table).flatMap(([from, events]) => arrows(from, events)),
    ...[...states]
      .filter((state) => Object.keys(table[state] ?? {}).length === 0)
      .map((state) => `${stateId(state)} --> [*]`),
  ];
  return ["stateDiagram-v2", ...lines.map((line) => `  ${line}`)].join("\n");
}

function arrows(from: string, events: Readonly<Record<string, string>>): string[] {
  const eventsTo = new Map<string, string[]>();
  for (const [event, to] of Object.entries(events)) eventsTo.set(to, [...(eventsTo.get(to) ?? []), event]);
  return [...eventsTo].map(([to, names]) => `${stateId(from)} --> ${stateId(to)}: ${names.join(", ")}`);
}

/** Mermaid reads a hyphen as part of an arrow. */
function stateId(state: string): string {
  return state.replaceAll("-", "_");
}

function renderRows(table: TransitionTable): string {
  return Object.entries(table)
    .flatMap(([from, events]) => Object.entries(events).map(([event, to]) => `| \`${from}\` | ${event} | \`${to}\` |`))
    .join("\n");
}
