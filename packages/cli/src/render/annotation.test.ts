import type { TaskView } from "@capstan/protocol";
import { describe, expect, test } from "vitest";
import { annotationLines } from "./annotation.js";

const task = { id: "task_1", key: "test/a.js", status: "failed", cause: "timeout" } as TaskView;
const none = { lines: [], linesBefore: 0 };
const place = { root: "/repo/web", checkout: "/repo" };
const failure = { task, examples: [], stdout: none, stderr: none };
const example = { id: "1", name: "adds", status: "failed" as const, durationMs: 1 };

describe("an annotation", () => {
  test("is beside the line of each example that failed, by its path in the checkout", () => {
    const examples = [{ ...example, message: "1 < 2", file: "test/b.js", line: 7 }, example];
    expect(annotationLines({ ...failure, examples }, place)).toEqual([
      "::error file=web/test/b.js,line=7,title=adds::1 < 2",
      "::error file=web/test/a.js,title=adds::failed",
    ]);
  });

  test("is beside the file where no example says why, and of no file for other tasks", () => {
    expect(annotationLines(failure, place)).toEqual(["::error file=web/test/a.js,title=test/a.js failed::timeout"]);
    expect(annotationLines(failure, { checkout: "/repo" })).toEqual(["::error title=test/a.js failed::timeout"]);
  });

  test("is beside the file that was split, when one of its parts failed", () => {
    const part = { ...failure, task: { ...task, key: "test/a.js (2/3)" } };
    expect(annotationLines({ ...part, examples: [example] }, place)).toEqual([
      "::error file=web/test/a.js,title=adds::failed",
    ]);
    expect(annotationLines(part, place)).toEqual(["::error file=web/test/a.js,title=test/a.js (2/3) failed::timeout"]);
  });

  test("holds whatever a name or message holds, on one line and within its property", () => {
    const examples = [{ ...example, name: "a,b:c\n::set-output", message: "100%\r\n::error::x\u001b[31mred" }];
    expect(annotationLines({ ...failure, examples }, place)).toEqual([
      "::error file=web/test/a.js,title=a%2Cb%3Ac%0A%3A%3Aset-output::100%25%0D%0A::error::xred",
    ]);
  });

  test("is a notice for what is muted", () => {
    const muted = [{ ...example, status: "muted" as const, message: "1 < 2" }];
    const notice = "::notice file=web/test/a.js,title=muted%3A adds::1 < 2";
    expect(annotationLines({ ...failure, examples: [{ ...example, name: "breaks" }], muted }, place)).toEqual([
      "::error file=web/test/a.js,title=breaks::failed",
      notice,
    ]);
    expect(annotationLines({ ...failure, task: { ...task, status: "succeeded" }, muted }, place)).toEqual([notice]);
    expect(annotationLines({ ...failure, isMuted: true, examples: [example] }, place)).toEqual([
      "::notice file=web/test/a.js,title=muted%3A adds::failed",
    ]);
    expect(annotationLines({ ...failure, isMuted: true }, place)[0]).toMatch(/^::notice /);
  });

  test("is given to few examples of one file", () => {
    const examples = Array.from({ length: 40 }, () => example);
    expect(annotationLines({ ...failure, examples }, place)).toHaveLength(10);
  });
});
