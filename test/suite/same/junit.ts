import type { Status } from "./verdict.js";

export interface TestCase {
  readonly name: string;
  readonly className: string;
  readonly status: Status;
}

const testCase = /<testcase\b([^>]*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g;
const attribute = /([\w-]+)="([^"]*)"/g;
const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** The test cases of a document that escapes every `<` and `>` in what it quotes, as those of Capstan and pytest do. */
export function readTestCases(xml: string): TestCase[] {
  return [...xml.matchAll(testCase)].map(([, head = "", body = ""]) => {
    const attributes = new Map([...head.matchAll(attribute)].map(([, name = "", value = ""]) => [name, plain(value)]));
    const failed = /<(?:failure|error)\b/.test(body);
    const unfailed = /<skipped\b/.test(body) ? "skipped" : "passed";
    return {
      name: attributes.get("name") ?? "",
      className: attributes.get("classname") ?? "",
      status: failed ? "failed" : unfailed,
    };
  });
}

function plain(text: string): string {
  return text.replaceAll(/&(#?\w+);/g, (whole: string, name: string) => {
    if (!name.startsWith("#")) return named[name] ?? whole;
    return String.fromCodePoint(Number(name.startsWith("#x") ? `0x${name.slice(2)}` : name.slice(1)));
  });
}
