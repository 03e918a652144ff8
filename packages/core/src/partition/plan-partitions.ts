import type { EngineStanding, Standing } from "./standing.js";

export interface PartitionPlan {
  /** Free ones that this engine should have, and those that were handed to it. */
  readonly take: readonly number[];
  /** Own ones beyond its share, and who should have each. */
  readonly handOver: readonly { readonly partition: number; readonly to: string }[];
}

interface Place {
  readonly engine: EngineStanding;
  /** What it has, and what is on its way to it. */
  readonly held: number[];
  readonly share: number;
}

/**
 * What one engine should do with the partitions of a store that several share. Every engine computes the same shares
 * from the same standing, so that each does its own part and nobody leads: shares are within one of the weights, and
 * only what an engine has beyond its share moves.
 */
export function planPartitions(standing: Standing, self: string): PartitionPlan {
  const places = placesOf(standing);
  if (!places.some(({ engine }) => engine.id === self)) return { take: [], handOver: [] };
  const taken = new Set(places.flatMap(({ held }) => held));
  const free = standing.partitions.map(({ partition }) => partition).filter((partition) => !taken.has(partition));
  const handed = standing.partitions.filter(({ engine, handedTo }) => engine === null && handedTo === self);
  const own = new Set(standing.partitions.flatMap(({ engine, partition }) => (engine === self ? [partition] : [])));
  const surplus = places.flatMap(({ held, share }) => held.slice(share));
  // Whoever is below its share, as often as it is: first what nobody has, then what others have beyond theirs.
  const wanting = places.flatMap(({ engine, held, share }) => copies(engine.id, share - held.length));
  const moves = surplus.map((partition, at) => ({ partition, to: wanting[free.length + at]! }));
  return {
    take: [...handed.map(({ partition }) => partition), ...free.filter((_, at) => wanting[at] === self)],
    // What was handed to an engine moves on when it is there.
    handOver: moves.filter(({ partition }) => own.has(partition)),
  };
}

function copies(id: string, count: number): string[] {
  return Array.from({ length: Math.max(0, count) }, () => id);
}

/** The engines that are there, with what each has and should have. */
function placesOf({ engines, partitions }: Standing): Place[] {
  const live = engines.filter(({ remainingMs }) => remainingMs > 0);
  const held = new Map(live.map(({ id }) => [id, [] as number[]]));
  for (const { partition, engine, handedTo } of partitions) held.get(engine ?? handedTo ?? "")?.push(partition);
  const counts = live.map(({ id }) => held.get(id)!.length);
  const shares = sharesOf(live, counts, partitions.length);
  return live.map((engine, at) => ({ engine, held: held.get(engine.id)!, share: shares[at]! }));
}

/**
 * How many of all partitions each engine should have: its part by weight, rounded down, and one more for some. Those
 * that have one more already come first, so that none moves for it; then those with the largest remainder.
 */
function sharesOf(engines: readonly EngineStanding[], counts: readonly number[], total: number): number[] {
  const sum = engines.reduce((weights, { weight }) => weights + weight, 0);
  // Nobody with a weight: somebody has to have them all the same.
  const parts = engines.map(({ weight }) => (total * (sum === 0 ? 1 : weight)) / (sum === 0 ? engines.length : sum));
  const shares = parts.map(Math.floor);
  const missing = total - shares.reduce((all, share) => all + share, 0);
  const order = parts
    .map((part, at) => ({ at, remainder: part - shares[at]!, hasMore: counts[at]! > shares[at]! }))
    .filter(({ remainder }) => remainder > 0)
    .toSorted((one, other) => Number(other.hasMore) - Number(one.hasMore) || other.remainder - one.remainder);
  for (const { at } of order.slice(0, missing)) shares[at] = shares[at]! + 1;
  return shares;
}
