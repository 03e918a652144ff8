/** One connection that carries text frames in order, both ways, until it closes. */
export interface Connection {
  /** Queues a frame; frames sent after the close are dropped. */
  send(frame: string): void;
  /** Bytes queued and not yet handed to the network. */
  readonly bufferedBytes: number;
  close(code?: number, reason?: string): void;
  /** Set by the owner, once, before it returns to the event loop. */
  onFrame: (frame: string) => void;
  onClose: (reason: string) => void;
}

/** How a worker reaches an engine. */
export interface Transport {
  /** Resolves when the connection is open. @throws CapstanError `unreachable` or `unauthorized`. */
  connect(url: string, headers: Readonly<Record<string, string>>): Promise<Connection>;
}
