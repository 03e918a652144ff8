import { adapters, withoutIsolation, type Adapter } from "@capstan/adapter";
import { CapstanError } from "@capstan/protocol";

/**
 * The adapter as it is, or one whose files share a process.
 * @throws CapstanError `invalid-config` for a framework that cannot run them so.
 */
export function isolated(adapter: Adapter, isolate = true): Adapter {
  if (isolate) return adapter;
  if (adapter.sharesProcess) return withoutIsolation(adapter);
  const able = adapters.filter(({ sharesProcess }) => sharesProcess).map(({ title }) => title);
  throw new CapstanError(
    "invalid-config",
    `--no-isolate does not fit ${adapter.title}, which isolates every file: leave it out; it is for ${able.join(", ")}`,
  );
}
