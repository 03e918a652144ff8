import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { positive, readOptions, runCommand } from "../option.js";
import { CapstanError } from "@capstan/protocol";
import { commitNow } from "../search/commit.js";
import { search, type SearchResult } from "../search/search.js";
import { hourMs } from "../scenario.js";
import { mutantVariable } from "./mutant-place.js";
import type { Mutant } from "./mutant.js";
import { mutants } from "./mutants.js";

const help = `Builds known faults into the code, one after another, and lets the simulation look for each.

  npm run mutants                              all of them
  npm run mutants -- --only "take a late report"

Options: --seeds N (seeds that may be needed at most, default 2000), --jobs J, --json. The exit code is 1 when one is not found.`;

const parse = () =>
  parseArgs({
    options: {
      only: { type: "string" },
      seeds: { type: "string", default: "2000" },
      jobs: { type: "string", default: String(Math.max(1, availableParallelism())) },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  }).values;

interface Row {
  readonly mutant: string;
  readonly breaks: string;
  readonly isCaught: boolean;
  readonly seeds: number;
  readonly seconds: number;
  /** The seed that found it, and what it said. */
  readonly seed: string;
  readonly by: string;
}

/** Seeds from `from` on until one fails: with the fault in the code, or without any. */
function run(mutant: Mutant | undefined, { from, seeds, jobs }: { from: number; seeds: number; jobs: number }) {
  process.env[mutantVariable] = mutant?.name ?? "";
  return search({
    from,
    seeds,
    jobs,
    durationMs: hourMs,
    checkEvery: 20,
    isFirstEnough: true,
    commit: commitNow(),
    imports: mutant === undefined ? [] : [new URL("./mutant-hook.js", import.meta.url).href],
  });
}

/** A seed that fails without the fault as well has not found it: the hunt goes on behind it. */
async function hunt(mutant: Mutant, { seeds, jobs }: { seeds: number; jobs: number }): Promise<Row> {
  const { name, breaks } = mutant;
  const row = { mutant: name, breaks, isCaught: false, seeds: 0, seconds: 0, seed: "", by: "" };
  let from = 1;
  while (row.seeds < seeds) {
    const result: SearchResult = await run(mutant, { from, seeds: seeds - row.seeds, jobs });
    row.seeds += result.seeds;
    row.seconds = Math.round((row.seconds + result.seconds) * 10) / 10;
    const [found] = result.found;
    if (found === undefined) break;
    const { failed } = await run(undefined, { from: Number(found.seed), seeds: 1, jobs: 1 });
    if (failed === 0) return { ...row, isCaught: true, seed: found.seed, by: found.message };
    from += result.seeds;
  }
  return row;
}

function show({ mutant, isCaught, seeds, seconds, by }: Row): void {
  const ids = /(task|trial|wrk|set|ses)_[0-9a-z]+(_\d+)?/g;
  const how = isCaught ? by.split("\n")[0]!.replace(ids, "$1").slice(0, 110) : "NOT FOUND";
  console.log(`${mutant.padEnd(46)} ${String(seeds).padStart(5)} seeds ${String(seconds).padStart(7)} s  ${how}`);
}

async function main(): Promise<boolean> {
  const values = readOptions(parse);
  if (values.help) {
    console.log(help);
    return true;
  }
  const limits = { seeds: positive(values.seeds, "seeds"), jobs: positive(values.jobs, "jobs") };
  const chosen = mutants.filter(({ name }) => values.only === undefined || name.includes(values.only));
  if (chosen.length === 0) {
    const names = mutants.map(({ name }) => `  ${name}`).join("\n");
    throw new CapstanError("invalid-config", `no mutant's name contains "${values.only}"; there are\n${names}`);
  }
  const rows: Row[] = [];
  for (const mutant of chosen) {
    const row = await hunt(mutant, limits);
    rows.push(row);
    if (!values.json) show(row);
  }
  const caught = rows.filter(({ isCaught }) => isCaught).length;
  if (values.json) console.log(JSON.stringify({ caught, of: rows.length, rows }));
  else console.log(`${caught} of ${rows.length} mutants are found`);
  return caught === rows.length;
}

await runCommand(main);
