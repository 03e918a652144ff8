import { JunitReader, type JunitCase } from "@capstan/adapter/decoder";

/** The test cases of a document, in its order. @throws Error saying what is wrong with it. */
export function readTestCases(xml: string): JunitCase[] {
  const cases: JunitCase[] = [];
  const reader = new JunitReader((each) => cases.push(each));
  reader.push(xml);
  reader.outcome();
  return cases;
}
