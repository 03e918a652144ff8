import type { Style } from "../io/style.js";

const colours: Readonly<Record<string, "green" | "red" | "yellow" | "cyan" | "dim">> = {
  succeeded: "green",
  ready: "green",
  failed: "red",
  error: "red",
  timeout: "red",
  lost: "red",
  unreachable: "red",
  abandoned: "yellow",
  cancelled: "yellow",
  cancelling: "yellow",
  stopping: "yellow",
  draining: "yellow",
  paused: "yellow",
  skipped: "dim",
  waiting: "dim",
  queued: "dim",
  pending: "dim",
  gone: "dim",
  running: "cyan",
  granted: "cyan",
  checking: "cyan",
  joining: "cyan",
};

/** A status word in its colour. */
export function statusText(status: string, style: Style): string {
  const colour = colours[status];
  return colour === undefined ? status : style[colour](status);
}

/** The mark of a verdict. */
export function mark(status: string, style: Style): string {
  if (status === "succeeded") return style.green("✓");
  if (status === "skipped") return style.dim("-");
  if (status === "muted") return style.yellow("✗");
  if (status === "cancelled" || status === "abandoned") return style.yellow("○");
  return style.red("✗");
}
