import { expect, test } from "vitest";
import { readTestCases } from "./junit.js";
import { compareVerdicts, countVerdicts, type Status, type Verdict } from "./verdict.js";

const told = (name: string, status: Status, file = "a.js"): Verdict => ({ file, name, status });

test("names are the same however the groups are put before them, and verdicts are compared as often as they are given", () => {
  const own = [told("group #adds one", "passed"), told("twice", "passed"), told("twice", "failed")];
  const capstan = [told("twice", "failed"), told("group > #adds > one", "passed"), told("twice", "passed")];
  expect(compareVerdicts(own, capstan)).toEqual([]);
  expect(compareVerdicts(own, capstan.slice(1))).toEqual([{ file: "a.js", name: "twice", own: "failed" }]);
});

test("another status, an example that one does not know, and another file are differences", () => {
  const own = [told("x", "passed"), told("y", "skipped")];
  const capstan = [told("x", "failed"), told("y", "skipped", "b.js")];
  expect(compareVerdicts(own, capstan)).toEqual([
    { file: "a.js", name: "x", own: "passed", capstan: "failed" },
    { file: "a.js", name: "y", own: "skipped" },
    { file: "b.js", name: "y", capstan: "skipped" },
  ]);
});

test("what fails outside of examples is a difference where no example says so", () => {
  const whole = told("", "failed");
  expect(compareVerdicts([whole], [])).toEqual([{ file: "a.js", name: "", own: "failed" }]);
  expect(compareVerdicts([whole, told("x", "failed")], [told("x", "failed")])).toEqual([]);
  expect(compareVerdicts([], [told("", "skipped")])).toEqual([]);
  expect(countVerdicts([whole, told("x", "skipped")])).toEqual({ passed: 0, failed: 0, skipped: 1 });
});

test("test cases are read with their class, name and status", () => {
  const xml = `<testsuites><testsuite>
<testcase classname="a.B" name="x &lt;&#x41;&#66;>" time="1"/>
<testcase name="ab" classname="a"><system-out><![CDATA[<failure/></testcase>]]></system-out></testcase>
<testcase name="z" classname=""><skipped message="no"/></testcase>
<testcase name="e" classname="a"><error message="m">t</error></testcase></testsuite></testsuites>`;
  expect(readTestCases(xml)).toEqual([
    { className: "a.B", name: "x <AB>", status: "passed" },
    { className: "a", name: "ab", status: "passed" },
    { className: "", name: "z", status: "skipped" },
    { className: "a", name: "e", status: "failed" },
  ]);
});
