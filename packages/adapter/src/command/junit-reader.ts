/** Reads results in JUnit XML, as the test frameworks of many languages write them. */
import type { Example } from "@capstan/protocol";
import { SaxesParser } from "saxes";
import { DistinctIds } from "../channel/distinct-id.js";
import type { FileOutcome } from "../channel/outcome.js";

const examplesMax = 100_000;
const depthMax = 64;
const messageCharactersMax = 65_536;
const messagesCharactersMax = 8_388_608;

type CaseStatus = "passed" | "failed" | "skipped";

const statusOf: Readonly<Record<string, CaseStatus>> = { failure: "failed", error: "failed", skipped: "skipped" };

type Attributes = Readonly<Record<string, string | undefined>>;

/** A test case as the document tells it. */
export interface JunitCase {
  readonly className: string;
  readonly name: string;
  readonly status: CaseStatus;
}

interface Case {
  readonly attributes: Attributes;
  status: CaseStatus;
  message: string;
}

/** Takes a document in pieces. It is read as it comes; entities other than those of XML itself, and what is too deep or too much, are refused. */
export class JunitReader {
  readonly #parser = new SaxesParser();
  readonly #onCase: (each: JunitCase) => void;
  readonly #open: string[] = [];
  readonly #examples: Example[] = [];
  readonly #ids = new DistinctIds();
  #case: Case | undefined;
  #text: string | undefined;
  #charactersLeft = messagesCharactersMax;

  constructor(onCase: (each: JunitCase) => void = () => {}) {
    this.#onCase = onCase;
    this.#parser.on("opentag", ({ name, attributes }) => this.#begin(name, attributes));
    this.#parser.on("closetag", ({ name }) => this.#end(name));
    const take = (text: string): void => {
      if (this.#text !== undefined && this.#text.length < messageCharactersMax) this.#text += text;
    };
    this.#parser.on("text", take);
    this.#parser.on("cdata", take);
  }

  /** @throws Error saying what is wrong with the document, and where. */
  push(text: string): void {
    this.#parser.write(text);
  }

  /** What the document tells of. @throws Error as `push` does. */
  outcome(): FileOutcome {
    this.#parser.close();
    return { examples: this.#examples, failures: [] };
  }

  #begin(name: string, attributes: Attributes): void {
    if (this.#open.length === 0 && name !== "testsuites" && name !== "testsuite")
      throw new Error(
        `the document begins with <${name.slice(0, 80)}>, and JUnit XML with <testsuites> or <testsuite>`,
      );
    if (this.#open.push(name) > depthMax) throw new Error(`elements are nested deeper than ${depthMax}`);
    if (name === "testcase") this.#case = { attributes, status: "passed", message: "" };
    else if (this.#case !== undefined && Object.hasOwn(statusOf, name)) {
      this.#case.status = this.#case.status === "failed" ? "failed" : statusOf[name]!;
      this.#case.message ||= attributes["message"] ?? "";
      this.#text = "";
    }
  }

  #end(name: string): void {
    this.#open.pop();
    const current = this.#case;
    if (current === undefined) return;
    if (Object.hasOwn(statusOf, name)) {
      const text = (this.#text ?? "").trim();
      // The text is most often the message again with the trace behind it.
      current.message = text.includes(current.message) ? text : [current.message, text].filter(Boolean).join("\n");
      this.#text = undefined;
    } else if (name === "testcase") {
      if (this.#examples.length >= examplesMax) throw new Error(`there are more than ${examplesMax} test cases`);
      this.#examples.push(this.#example(current));
      this.#case = undefined;
    }
  }

  #example({ attributes, status, message }: Case): Example {
    const { name = "?", classname = "", time, file, line } = attributes;
    this.#onCase({ className: classname, name, status });
    const whole = classname === "" || name.startsWith(classname) ? name : `${classname} > ${name}`;
    const said = message.slice(0, Math.min(messageCharactersMax, this.#charactersLeft));
    this.#charactersLeft -= said.length;
    const lineNumber = Number(line);
    return {
      id: this.#ids.next(whole),
      name: whole,
      status,
      durationMs: milliseconds(time),
      ...(said !== "" && { message: said }),
      ...(file !== undefined && { file: file.slice(0, 4_096) }),
      ...(Number.isSafeInteger(lineNumber) && lineNumber >= 1 && { line: lineNumber }),
    };
  }
}

/** Seconds, which some write with commas between thousands. */
function milliseconds(time: string | undefined): number {
  const seconds = Number((time ?? "").replaceAll(",", ""));
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1_000, Number.MAX_SAFE_INTEGER) : 0;
}
