/** Reads what a program says in TAP, the Test Anything Protocol (12 to 14, with subtests), line by line. */
import type { Example } from "@capstan/protocol";
import { DistinctIds } from "../channel/distinct-id.js";
import type { Failure, FileOutcome } from "../channel/outcome.js";
import { type TapPoint, readIndent, readPoint } from "./tap-line.js";

const examplesMax = 100_000;
const depthMax = 64;
const nameCharactersMax = 4_096;
/** Of the message of one example. */
const messageCharactersMax = 65_536;
/** Of all messages together: what is read may be endless. */
const messagesCharactersMax = 8_388_608;

interface Told extends TapPoint {
  /** Names from outside in. */
  readonly path: string[];
  message: string;
  durationMs: number;
}

/** What was told at one depth and has not found its parent yet. */
interface Level {
  readonly told: Told[];
  /** A point whose subtests come behind it, between braces. */
  open?: Told;
  planned?: number;
  points: number;
}

export class TapReader {
  readonly #levels: Level[] = [{ told: [], points: 0 }];
  readonly #failures: Failure[] = [];
  #last: Told | undefined;
  /** Characters before the lines of the YAML block that is being read. */
  #yamlIndent: number | undefined;
  #examples = 0;
  #charactersLeft = messagesCharactersMax;

  /** Takes one line, without its end. */
  take(line: string): void {
    if (this.#yamlIndent !== undefined) return this.#takeYaml(line);
    const { depth, text, spaces } = readIndent(line);
    if (depth > depthMax) return;
    if (text === "---" && this.#last !== undefined) this.#yamlIndent = spaces;
    else if (text.startsWith("Bail out!")) this.#fail("TapBailedOut", text);
    else if (text === "}") this.#close(depth);
    else if (/^1\.\.\d/.test(text)) this.#plan(depth, text);
    else if (text.startsWith("#")) this.#comment(text);
    else this.#point(depth, text);
  }

  /** What was told, once all has been read. */
  outcome(): FileOutcome {
    for (let depth = this.#levels.length - 1; depth > 0; depth -= 1) this.#adopt(depth - 1);
    const [{ told, planned, points } = this.#level(0)] = this.#levels;
    if (planned === undefined && this.#failures.length === 0)
      this.#fail("TapIncomplete", points === 0 ? "the command told of no test in TAP" : "the plan is missing");
    else if (planned !== undefined && planned !== points)
      this.#fail("TapIncomplete", `${planned} tests were planned, ${points} were told of`);
    const ids = new DistinctIds();
    return { examples: told.map((each) => exampleOf(each, ids)), failures: this.#failures };
  }

  #point(depth: number, text: string): void {
    const point = readPoint(text);
    if (point === undefined) return;
    const level = this.#level(depth);
    level.points += 1;
    if (++this.#examples > examplesMax) {
      if (this.#examples === examplesMax + 1) this.#fail("TapTooLong", `more than ${examplesMax} tests were told of`);
      return;
    }
    const told: Told = { ...point, path: [point.name], message: point.reason ?? "", durationMs: point.durationMs ?? 0 };
    this.#last = told;
    if (point.opens) level.open = told;
    else this.#settle(depth, told);
  }

  /** A point stands for itself, or for the subtests in front of it. */
  #settle(depth: number, told: Told): void {
    const level = this.#level(depth);
    const inner = this.#levels[depth + 1]?.told ?? [];
    this.#levels.length = depth + 1;
    for (const each of inner) each.path.unshift(told.name);
    const isExplained = inner.some(({ status }) => status === "failed");
    for (const each of inner) level.told.push(each);
    if (inner.length === 0 || (told.status === "failed" && !isExplained)) level.told.push(told);
  }

  #close(depth: number): void {
    const level = this.#levels[depth];
    if (level?.open === undefined) return;
    const told = level.open;
    delete level.open;
    this.#settle(depth, told);
  }

  /** Subtests whose parent was never told of are kept under their own names. */
  #adopt(depth: number): void {
    this.#close(depth);
    const inner = this.#levels[depth + 1]?.told ?? [];
    if (inner.length > 0) this.#fail("TapIncomplete", "subtests were told of, and not the test that they are part of");
    for (const each of inner) this.#level(depth).told.push(each);
    this.#levels.length = depth + 1;
  }

  #plan(depth: number, text: string): void {
    const level = this.#level(depth);
    if (level.planned !== undefined) return this.#fail("TapIncomplete", "there are two plans");
    level.planned = Number.parseInt(text.slice("1..".length), 10);
  }

  /** Libraries without YAML explain a failure in comments behind it. */
  #comment(text: string): void {
    if (this.#last?.status === "failed") this.#explain(this.#last, text.replace(/^#+ ?/, ""));
  }

  #takeYaml(line: string): void {
    const text = line.slice(this.#yamlIndent);
    if (text.trim() === "...") {
      this.#yamlIndent = undefined;
      return;
    }
    const last = this.#last!;
    const [, duration] = /^duration_ms: ([\d.]{1,20})$/.exec(text) ?? [];
    if (duration !== undefined) last.durationMs = Number(duration) || 0;
    else if (last.status === "failed") this.#explain(last, text);
  }

  #explain(told: Told, text: string): void {
    const room = Math.min(messageCharactersMax - told.message.length, this.#charactersLeft);
    if (room < 2) return;
    const added = told.message === "" ? text.slice(0, room) : `\n${text}`.slice(0, room);
    told.message += added;
    this.#charactersLeft -= added.length;
  }

  #fail(name: string, message: string): void {
    if (this.#failures.length < 10) this.#failures.push({ name, message });
  }

  #level(depth: number): Level {
    for (let at = this.#levels.length; at <= depth; at += 1) this.#levels.push({ told: [], points: 0 });
    return this.#levels[depth]!;
  }
}

function exampleOf({ path, status, durationMs, message }: Told, ids: DistinctIds): Example {
  const name = joinedName(path);
  return { id: ids.next(name), name, status, durationMs, ...(message !== "" && { message }) };
}

/** Names may be long and nested deep: what no report has room for is not put together either, 100,000 times over. */
function joinedName(path: readonly string[]): string {
  let name = path[0] ?? "";
  for (const part of path.slice(1)) {
    if (name.length >= nameCharactersMax) break;
    name += ` > ${part}`;
  }
  return name;
}
