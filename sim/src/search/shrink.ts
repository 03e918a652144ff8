import type { SeedOrder } from "./seed-message.js";
import type { SeedPool } from "./seed-pool.js";

const triesMax = 9;

/**
 * The fewest acts and faults, from the start, after which the seed still fails: found by halving, so there may be fewer.
 * Gives undefined when the seed fails only as a whole.
 */
export async function shrink(pool: SeedPool, order: SeedOrder, steps: number): Promise<number | undefined> {
  const fails = async (stepsMax: number): Promise<boolean> => {
    let hasFailed = false;
    const orders: SeedOrder[] = [{ ...order, stepsMax }];
    await pool.run(
      () => orders.pop(),
      ({ failure }) => (hasFailed = failure !== undefined),
    );
    return hasFailed;
  };
  if (!(await fails(steps))) return undefined;
  let [passing, failing] = [0, steps];
  for (let tries = 0; tries < triesMax && failing - passing > 1; tries += 1) {
    const middle = Math.floor((passing + failing) / 2);
    if (await fails(middle)) failing = middle;
    else passing = middle;
  }
  return failing;
}
