/** The part of `@capstan/engine` that the command line uses, which loads it only when it is needed. */
export interface EngineModule {
  startEngine(options: EngineOptions): Promise<RunningEngine>;
}

export type EngineLog = (level: string, message: string, fields?: Readonly<Record<string, unknown>>) => void;

export interface EngineOptions {
  readonly folder: string;
  readonly host?: string;
  /** 0 for any that is free. */
  readonly port?: number;
  readonly token?: string;
  readonly log?: EngineLog;
}

export interface RunningEngine {
  readonly url: string;
  close(options?: { readonly graceMs?: number }): Promise<void>;
  /** Resolves when it has ended, whoever ended it. */
  readonly closed: Promise<void>;
}
