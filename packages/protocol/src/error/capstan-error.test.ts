import { expect, test } from "vitest";
import { CapstanError } from "./capstan-error.js";

test("an error survives its way as a problem", () => {
  const error = new CapstanError("overloaded", "too much at once", { details: { retryAfterMs: 5 } });
  expect(CapstanError.fromProblem(JSON.parse(JSON.stringify(error.toProblem())))).toMatchObject({
    code: "overloaded",
    message: "too much at once",
    details: { retryAfterMs: 5 },
  });
});

test.each([
  undefined,
  null,
  "text",
  [],
  { code: "coffee" },
  { detail: "" },
  { details: [1] },
  { details: "all", code: 7 },
])("%j, which no engine answers, becomes an error with a message and no details", (body) => {
  const error = CapstanError.fromProblem(body, 502);
  expect(error).toMatchObject({ code: "internal", details: undefined, message: "the engine answered with status 502" });
});
