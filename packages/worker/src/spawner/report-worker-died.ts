/**
 * Tells the engine that a worker process died, over a connection of the spawner's own. All trials of the session that
 * ran in executors have ended by then: their groups were killed first.
 */
import type { Standing } from "./message.js";

export interface WorkerDiedReport extends Standing {
  /** Trials that ran when the worker died. */
  trials: string[];
}

export interface ReportOptions {
  /** Connections tried before giving up; 5 by default. */
  triesMax?: number;
  /** Time that one try may take; 5 s by default. */
  tryMs?: number;
  /** Pause before the second try, doubled for each further one; 100 ms by default. */
  pauseMs?: number;
}

/**
 * Sends one `workerDied` frame and waits until the engine answers or closes.
 * @returns whether the engine took it; when it did not, the lease decides
 */
export async function reportWorkerDied(report: WorkerDiedReport, options: ReportOptions = {}): Promise<boolean> {
  const { triesMax = 5, tryMs = 5_000, pauseMs = 100 } = options;
  for (let tried = 0; tried < triesMax; tried++) {
    if (tried > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs * 2 ** (tried - 1)));
    if (await tryOnce(report, tryMs)) return true;
  }
  return false;
}

async function tryOnce(report: WorkerDiedReport, tryMs: number): Promise<boolean> {
  // Loaded when needed: the spawner stays small for the sake of its forks.
  const { WebSocket } = await import("ws");
  const { url, headers, session, secret, trials } = report;
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { headers: headers ?? {}, handshakeTimeout: tryMs, perMessageDeflate: false });
    let isSent = false;
    const end = (isTaken: boolean): void => {
      clearTimeout(timer);
      resolve(isTaken);
      socket.terminate();
    };
    const timer = setTimeout(() => end(false), tryMs);
    socket.on("open", () => {
      socket.send(JSON.stringify([{ type: "workerDied", session, secret, trials }]), (error) => {
        isSent = !error;
      });
    });
    // An answer of any kind, or an orderly close after the frame, means that the engine has read it.
    socket.on("message", () => end(true));
    socket.on("close", (code) => end(isSent && code !== 1006));
    socket.on("error", () => end(false));
  });
}
