import { Type } from "./typebox.js";
import { expect, test } from "vitest";
import type { CapstanError } from "../error/capstan-error.js";
import { makeCheck } from "./check.js";
import { Closed } from "./scalar.js";

const check = makeCheck(Closed({ parts: Type.Record(Type.String(), Type.Number()) }), "the body");

test("what is told of a value that does not fit is bounded, whatever is in it", () => {
  const long = "x".repeat(1_000_000);
  for (const value of [{ parts: {}, [long]: 1 }, { parts: { [long]: "no number" } }]) {
    const thrown = thrownBy(() => check(value));
    expect(thrown).toMatchObject({ code: "invalid-request" });
    expect(JSON.stringify((thrown as CapstanError).toProblem()).length).toBeLessThan(2_000);
  }
});

function thrownBy(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return error;
  }
}
