import inspector from "node:inspector";

/** A function as the profiler reports it: its own range first, then the blocks within that were run more or less often. */
export interface CoveredFunction {
  readonly script: string;
  readonly ranges: readonly inspector.Profiler.CoverageRange[];
}

/**
 * Precise coverage of this process, block by block. Counts exist only in code that is compiled after the start, so it is
 * started before what is to be covered is loaded, with `--no-opt`: optimised code does not count its calls.
 */
export class Coverage {
  readonly #session = new inspector.Session();

  start(): void {
    this.#session.connect();
    this.#post("Profiler.enable");
    this.#post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** What was run since it was asked last. */
  take(): CoveredFunction[] {
    const { result } = this.#post("Profiler.takePreciseCoverage") as inspector.Profiler.TakePreciseCoverageReturnType;
    return result
      .filter(({ url }) => isOurs(url))
      .flatMap(({ scriptId, functions }) =>
        functions.filter(({ ranges }) => ranges[0]!.count > 0).map(({ ranges }) => ({ script: scriptId, ranges })),
      );
  }

  #post(method: string, parameters: object = {}): unknown {
    let answer: unknown;
    // The session answers before the call returns: it is in the same thread.
    this.#session.post(method, parameters, (error, result) => {
      if (error !== null) throw error;
      answer = result;
    });
    return answer;
  }
}

/** Code of the packages, and what compiled validators are: functions without a file. */
function isOurs(url: string): boolean {
  return url === "" || /\/packages\/[a-z]+\/dist\//.test(url);
}
