import { EngineMessage, WorkerMessage } from "@capstan/protocol";
import { connectionStates, expectedWorkerMessages } from "@capstan/engine";
import { expectedMessages, sessionStates, sessionTransitions } from "@capstan/worker";
import { engineNotes, workerNotes, type MessageNote } from "./protocol-note.js";
import { describeFields, type SchemaNode } from "./schema-text.js";

type StateTable = Readonly<Record<string, ReadonlySet<string>>>;

/** The page of the protocol's messages and of the states in which each may come. */
export function renderProtocolMessages(): string {
  return `# Messages of the worker protocol

Every message with its fields, from the schemas that both sides check against, and the states in which it may come, from the tables that guard the
sessions. What they are for is in [the worker protocol](protocol.md). Fields marked ? may be left out; a field that is not listed breaks the protocol.

## Worker → engine

${renderMessages(WorkerMessage, workerNotes)}
## Engine → worker

${renderMessages(EngineMessage, engineNotes)}
## Sessions

The worker's end of a session, and what an engine may send in each state. Anything else is a \`protocol-violation\`: the worker closes the connection
(1002) and opens another.

\`\`\`mermaid
stateDiagram-v2
${renderTransitions()}
\`\`\`

${renderStates(Object.keys(engineNotes), sessionStates, expectedMessages)}
The engine's end of a connection, and what a worker may send in each state. Anything else is answered with \`refuse\` (\`protocol-violation\`) and closes the
connection. What comes while a session is joined anew (\`joining\`) is kept, 1,000 messages at most, and taken after the \`welcome\`.

${renderStates(Object.keys(workerNotes), connectionStates, expectedWorkerMessages)}`;
}

function renderMessages(union: unknown, notes: Readonly<Record<string, MessageNote>>): string {
  const schemas = (union as { anyOf: SchemaNode[] }).anyOf;
  const byType = new Map(schemas.map((schema) => [String(schema.properties?.["type"]?.const), schema]));
  return Object.entries(notes)
    .map(([type, note]) => renderMessage(type, note, byType.get(type) ?? {}))
    .join("\n");
}

function renderMessage(type: string, { says, fields = {} }: MessageNote, schema: SchemaNode): string {
  const rows = describeFields(schema)
    .filter(({ name }) => name !== "type")
    .map(({ name, text, isRequired, description }) => {
      const meaning = [fields[name], description].filter((part) => part !== undefined).join("; ");
      return `| \`${name}\`${isRequired ? "" : " ?"} | ${cell(text)} | ${cell(meaning)} |`;
    });
  const table =
    rows.length === 0 ? "No fields.\n" : `| field | value | meaning |\n| --- | --- | --- |\n${rows.join("\n")}\n`;
  return `### ${type}\n\n${says}\n\n${table}`;
}

function renderTransitions(): string {
  const lines = Object.entries(sessionTransitions).flatMap(([from, events]) =>
    Object.entries(events).map(([event, to]) => `  ${from} --> ${to}: ${event}`),
  );
  return ["  [*] --> away", ...lines, "  closed --> [*]"].join("\n");
}

function renderStates(types: readonly string[], states: readonly string[], table: StateTable): string {
  const rows = types.map((type) => {
    const marks = states.map((state) => (table[state]?.has(type) === true ? "●" : ""));
    return `| \`${type}\` | ${marks.join(" | ")} |`;
  });
  return `| message | ${states.join(" | ")} |\n| --- |${" --- |".repeat(states.length)}\n${rows.join("\n")}\n`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
