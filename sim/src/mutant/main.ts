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

async function hunt({ name, breaks }: Mutant, { seeds, jobs }: { seeds: number; jobs: number }): Promise<Row> {
  process.env[mutantVariable] = name;
  const result: SearchResult = await search({
    from: 1,
    seeds,
    jobs,
    durationMs: hourMs,
    checkEvery: 20,
    isFirstEnough: true,
    commit: commitNow(),
    imports: [new URL("./mutant-hook.js", import.meta.url).href],
  });
  const [found] = result.found;
  const seconds = Math.round(result.seconds * 10) / 10;
  const { seed = "", message: by = "" } = found ?? {};
  return { mutant: name, breaks, isCaught: found !== undefined, seeds: result.seeds, seconds, seed, by };
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
