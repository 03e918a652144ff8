import { CapstanError } from "@capstan/protocol";
import Type from "typebox";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { defineTask } from "./define-task.js";
import type { TaskContext } from "./task-context.js";
import type { DefinitionInput, DefinitionResult, TaskDefinition } from "./task-definition.js";

async function rejection(promise: Promise<unknown>): Promise<CapstanError> {
  return promise.then(
    () => expect.unreachable("it was fulfilled"),
    (error: CapstanError) => error,
  );
}

describe("the types of a task", () => {
  test("with zod: defaults may be left out, and are there when the code runs", () => {
    const task = defineTask({
      name: "t",
      input: z.object({
        path: z.string(),
        width: z.number().default(1),
        date: z.string().transform((t) => new Date(t)),
      }),
      output: z.object({ size: z.number() }),
      run(input, context) {
        expectTypeOf(input).toEqualTypeOf<{ path: string; width: number; date: Date }>();
        expectTypeOf(context).toEqualTypeOf<TaskContext>();
        return { size: input.width };
      },
    });
    expectTypeOf(task.name).toEqualTypeOf<"t">();
    expectTypeOf<DefinitionInput<typeof task>>().toEqualTypeOf<{
      path: string;
      width?: number | undefined;
      date: string;
    }>();
    expectTypeOf<DefinitionResult<typeof task>>().toEqualTypeOf<{ size: number }>();
    expectTypeOf(task).toExtend<TaskDefinition>();
  });

  test("with typebox", () => {
    const task = defineTask({
      name: "t",
      input: Type.Object({ path: Type.String(), depth: Type.Optional(Type.Integer()) }),
      run: async (input) => {
        expectTypeOf(input).toEqualTypeOf<{ path: string; depth?: number }>();
        return [input.path];
      },
    });
    expectTypeOf<DefinitionResult<typeof task>>().toEqualTypeOf<string[]>();
  });

  test("with JSON Schema written in place", () => {
    const task = defineTask({
      name: "t",
      input: { type: "object", properties: { path: { type: "string" }, n: { type: "integer" } }, required: ["path"] },
      output: { type: "array", items: { enum: ["a", "b"] } },
      run(input) {
        expectTypeOf(input.path).toEqualTypeOf<string>();
        expectTypeOf(input.n).toEqualTypeOf<number | undefined>();
        return ["a" as const];
      },
    });
    expectTypeOf<DefinitionResult<typeof task>>().toEqualTypeOf<("a" | "b")[]>();
  });

  test("refuse code that returns something else than the output schema says", () => {
    // @ts-expect-error a text is no number
    defineTask({ name: "t", input: z.string(), output: z.number(), run: (input) => input });
    // @ts-expect-error nor is it in a promise, also without an input schema
    defineTask({ name: "t", output: z.number(), run: async () => "5" });
  });
});

describe("validateInput and validateOutput", () => {
  test("pass everything where there is no schema", async () => {
    const task = defineTask({ name: "t", run: (input: string) => input });
    expect(await task.validateInput(5)).toBe(5);
    expect(await task.validateOutput(undefined)).toBeUndefined();
  });

  test("give what the schema makes of the value", async () => {
    const task = defineTask({ name: "t", input: z.object({ n: z.number().default(7) }), run: () => 1 });
    expect(await task.validateInput({})).toEqual({ n: 7 });
  });

  test.each([
    ["zod", z.object({ list: z.array(z.object({ "a/b": z.number() })) })],
    ["JSON Schema", { properties: { list: { items: { properties: { "a/b": { type: "number" } } } } } }],
  ])("name the misfits by JSON pointer: %s", async (_, schema) => {
    const task = defineTask({ name: "t", input: schema, output: schema, run: () => undefined as never });
    const bad = { list: [{ "a/b": "five" }] };
    const error = await rejection((async () => task.validateInput(bad))());
    expect(error).toBeInstanceOf(CapstanError);
    expect(error.code).toBe("invalid-input");
    expect(error.details?.["misfits"]).toMatchObject([{ at: "/list/0/a~1b" }]);
    expect((await rejection((async () => task.validateOutput(bad))())).code).toBe("invalid-output");
  });

  test("wait for libraries that validate asynchronously", async () => {
    const even = z.number().refine(async (n) => n % 2 === 0, "it is odd");
    const task = defineTask({ name: "t", input: even, run: () => 1 });
    expect(await task.validateInput(4)).toBe(4);
    expect((await rejection(Promise.resolve(task.validateInput(5)))).message).toBe("The input is wrong: it is odd");
  });
});
