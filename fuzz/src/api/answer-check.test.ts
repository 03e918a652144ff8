import { describe, expect, test } from "vitest";
import { AnswerCheck } from "./answer-check.js";
import { operationOf } from "./asked.js";

const check = new AnswerCheck();
const json = "application/json";
const launched = JSON.stringify({ task: "task_1", isDuplicate: false });
const launchTask = operationOf("launchTask");

describe("an answer", () => {
  test("that the document promises is taken", () => {
    check.check(launchTask, { status: 201, type: json, text: launched });
    check.check(operationOf("followEvents"), { status: 200, type: "text/event-stream", text: "" });
  });

  test.each([
    ["of another status", { status: 202, type: json, text: launched }, "answers 202, which is not documented"],
    ["of another type", { status: 201, type: "text/html", text: launched }, "undocumented type"],
    ["without a field", { status: 201, type: json, text: '{"task":"task_1"}' }, "what its schema does not allow"],
    ["with a field too many", { status: 201, type: json, text: `${launched.slice(0, -1)},"x":1}` }, "does not allow"],
    ["of 500", { status: 500, type: "application/problem+json", text: "{}" }, "answers 500"],
    ["with a problem that is none", { status: 400, type: "application/problem+json", text: "{}" }, "does not allow"],
  ])("%s breaks", (_, answered, message) => {
    expect(() => check.check(launchTask, answered)).toThrow(message);
  });
});
