/** A message as it was said: its fields may be of any type. */
export type SaidMessage = Readonly<Record<string, unknown>>;

/** The messages of a frame, as far as it has any. */
export function messagesOf(frame: string): SaidMessage[] {
  try {
    const messages = JSON.parse(frame) as unknown;
    return Array.isArray(messages) ? messages.filter(isObject) : [];
  } catch {
    return [];
  }
}

function isObject(value: unknown): value is SaidMessage {
  return typeof value === "object" && value !== null;
}
