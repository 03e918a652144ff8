import { describe, expect, test } from "vitest";
import { JunitReader } from "./junit-reader.js";

function read(...pieces: readonly string[]): ReturnType<JunitReader["outcome"]> {
  const reader = new JunitReader();
  for (const piece of pieces) reader.push(piece);
  return reader.outcome();
}

const document = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites><testsuite name="sums" tests="4"><testsuite name="inner">
  <testcase classname="Sums" name="adds &amp; carries" time="1,000.5" file="sums.php" line="7"/>
  <testcase classname="Sums" name="breaks"><failure message="1 is not 2" type="E"><![CDATA[1 is not 2\n  at sums:8]]></failure></testcase>
  <testcase name="crashes"><error message="gone">trace</error><system-out>noise</system-out></testcase>
  <testcase name="rests"><skipped message="not yet"/></testcase>
  <testcase name="rests"><skipped/></testcase>
</testsuite></testsuite></testsuites>`;

describe("JUnit XML", () => {
  test("is read with names, statuses, durations, messages and places", () => {
    const { examples, failures } = read(document);
    expect(failures).toEqual([]);
    expect(examples).toEqual([
      expect.objectContaining({ name: "Sums > adds & carries", status: "passed", durationMs: 1_000_500, line: 7 }),
      expect.objectContaining({ name: "Sums > breaks", status: "failed", message: "1 is not 2\n  at sums:8" }),
      expect.objectContaining({ name: "crashes", status: "failed", message: "gone\ntrace" }),
      expect.objectContaining({ id: "rests", status: "skipped", message: "not yet" }),
      expect.objectContaining({ id: "rests #2", name: "rests", status: "skipped" }),
    ]);
  });

  test("does not depend on the pieces that it comes in", () => {
    expect(read(...document.split(/(?=[<" ])/))).toEqual(read(document));
  });

  test.each([
    ["another document", "<html></html>", "begins with <html>"],
    ["a cut one", document.slice(0, 200), "unclosed tag"],
    ["nothing", "", "must contain a root element"],
    ["text", "PASS all of it", "text data outside of root"],
    ["an entity of its own", `<!DOCTYPE a [<!ENTITY e "boom">]><testsuite name="&e;"/>`, "undefined entity"],
    [
      "a file from outside",
      `<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuite name="&e;"/>`,
      "undefined",
    ],
    ["what is too deep", "<testsuite>".repeat(65), "deeper than 64"],
    ["what is too much", `<testsuite>${"<testcase/>".repeat(100_001)}`, "more than 100000 test cases"],
  ])("refuses %s", (_, text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});
