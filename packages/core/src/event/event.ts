/**
 * One change of state as core reports it, for watchers: `type` is `<thing>.<status>`, such as `task.succeeded`,
 * `trial.granted`, `taskset.paused`, `worker.lost`, `plugin.switched`.
 */
export interface ChangeEvent {
  readonly type: string;
  readonly namespace: string;
  readonly atMs: number;
  readonly taskset?: string;
  readonly task?: string;
  readonly trial?: string;
  readonly worker?: string;
  readonly plugin?: string;
  readonly revision?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}
