/** The time as core is given it: it has no clock of its own. */
export interface Now {
  /** Monotonic ms: leases, deadlines, durations. */
  readonly monoMs: number;
  /** ms since 1970: what is shown and stored. */
  readonly wallMs: number;
}
