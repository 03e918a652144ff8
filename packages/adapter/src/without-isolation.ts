import type { Adapter } from "./adapter.js";
import { noIsolateFlag } from "./channel/no-isolate-flag.js";

/** An adapter that does not isolate files from each other. @throws TypeError for one that cannot do so: see `sharesProcess`. */
export function withoutIsolation(adapter: Adapter): Adapter {
  if (!adapter.sharesProcess) throw new TypeError(`${adapter.name} isolates every file: ask sharesProcess first`);
  return { ...adapter, isOwn: true, command: [...adapter.command, noIsolateFlag] };
}
