import { CapstanError } from "@capstan/protocol";

/** Which tasks of a batch its refusal names: by the pointers of its misfits (`/tasks/3/…`), or by `details.index`. */
export function suspects(error: unknown, count: number): ReadonlySet<number> {
  const found = new Set<number>();
  const details = error instanceof CapstanError ? error.details : undefined;
  const add = (index: unknown): void => {
    if (typeof index === "number" && Number.isInteger(index) && index >= 0 && index < count) found.add(index);
  };
  add(details?.["index"]);
  const misfits = details?.["misfits"];
  for (const misfit of Array.isArray(misfits) ? (misfits as { readonly at?: unknown }[]) : []) {
    const [, index] = typeof misfit.at === "string" ? (/^\/tasks\/(\d+)/.exec(misfit.at) ?? []) : [];
    if (index !== undefined) add(Number(index));
  }
  // All of them would be no hint at all.
  return found.size < count ? found : new Set();
}
