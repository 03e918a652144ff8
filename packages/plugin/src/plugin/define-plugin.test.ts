import { CapstanError } from "@capstan/protocol";
import { describe, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { defineTask } from "../task/define-task.js";
import { tasksOf, taskOf, type InputOf, type ResultOf, type TaskRef } from "../task/task-ref.js";
import { definePlugin } from "./define-plugin.js";

const resize = defineTask({
  name: "resize",
  input: z.object({ path: z.string(), width: z.int().default(100) }),
  output: z.object({ bytes: z.number() }),
  run: ({ path, width }) => ({ bytes: path.length * width }),
});
const stamp = defineTask({
  name: "stamp",
  run: (input: { at: string }) => ({ when: new Date(input.at), from: input }),
});
const images = definePlugin({ name: "images", version: "1.2.3", tasks: [resize, stamp] });

function codeOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof CapstanError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing was thrown";
}

describe("definePlugin", () => {
  test("gives definitions by name and references by full name", () => {
    expect(images.kind).toBe("capstan.plugin");
    expect(Object.keys(images.definitions)).toEqual(["resize", "stamp"]);
    expect(images.definitions["resize"]?.kind).toBe("capstan.task");
    expect(images.tasks.resize).toEqual({ kind: "capstan.task-ref", name: "images/resize" });
  });

  test("takes the names of tasks from the keys of an object", () => {
    const plugin = definePlugin({
      name: "texts",
      tasks: { count: defineTask({ run: (text: string) => text.length }) },
    });
    expect(plugin.definitions["count"]?.name).toBe("count");
    expect(plugin.tasks.count.name).toBe("texts/count");
    expectTypeOf(plugin.tasks.count).toEqualTypeOf<TaskRef<string, number>>();
  });

  test("lets a task have the name of something that every object has", () => {
    const plugin = definePlugin({ name: "p", tasks: [defineTask({ name: "constructor", run: () => 1 })] });
    expect(plugin.definitions["constructor"]?.kind).toBe("capstan.task");
    expect(plugin.definitions["toString"]).toBeUndefined();
  });

  test.each([
    ["doubled name", () => definePlugin({ name: "p", tasks: [resize, resize] }), /two tasks called "resize": rename/],
    ["bad plugin name", () => definePlugin({ name: "a/b", tasks: [resize] }), /"a\/b" cannot name a plugin: use/],
    ["empty plugin name", () => definePlugin({ name: "", tasks: [resize] }), /cannot name a plugin/],
    [
      "bad task name",
      () => definePlugin({ name: "p", tasks: { "a b": defineTask({ run: () => 1 }) } }),
      /"a b" cannot/,
    ],
    [
      "no name at all",
      () => definePlugin({ name: "p", tasks: [defineTask({ run: () => 1 })] }),
      /"" cannot name a task/,
    ],
    [
      "key beside name",
      () => definePlugin({ name: "p", tasks: { crop: resize } }),
      /"resize" stands under the key "crop"/,
    ],
    ["no tasks", () => definePlugin({ name: "p", tasks: [] }), /has no tasks/],
    ["no task", () => definePlugin({ name: "p", tasks: [{ name: "x" } as never] }), /make it with defineTask/],
    ["nothing as task", () => definePlugin({ name: "p", tasks: [undefined as never] }), /make it with defineTask/],
  ])("refuses: %s", (_, call, message) => {
    expect(codeOf(call)).toMatch(new RegExp(`^invalid-manifest: .*${message.source}`));
  });
});

describe("the types of references", () => {
  test("come from the schemas: what is passed in, and what comes back as JSON", () => {
    expectTypeOf<InputOf<typeof images.tasks.resize>>().toEqualTypeOf<{ path: string; width?: number | undefined }>();
    expectTypeOf<ResultOf<typeof images.tasks.resize>>().toEqualTypeOf<{ bytes: number }>();
    expectTypeOf<keyof typeof images.tasks>().toEqualTypeOf<"resize" | "stamp">();
  });

  test("come from the code where there are no schemas, and know that JSON has no dates", () => {
    expectTypeOf<InputOf<typeof images.tasks.stamp>>().toEqualTypeOf<{ at: string }>();
    expectTypeOf<ResultOf<typeof images.tasks.stamp>>().toEqualTypeOf<{ when: string; from: { at: string } }>();
  });

  test("know of tasks that take anything, also when they are defined in place", () => {
    const plugin = definePlugin({ name: "p", tasks: [defineTask({ name: "t", run: () => 5 })] });
    expectTypeOf(plugin.tasks.t).toEqualTypeOf<TaskRef<unknown, number>>();
  });

  test("need only the type of the plugin", () => {
    const tasks = tasksOf<typeof images>("images");
    expectTypeOf(tasks.resize).toEqualTypeOf(images.tasks.resize);
    expect(tasks.resize.name).toBe("images/resize");
    // @ts-expect-error the plugin is called "images"
    tasksOf<typeof images>("pictures");
    // @ts-expect-error it has no such task
    expect(tasks.rotate.name).toBe("images/rotate");
  });

  test("can be stated by hand", () => {
    const ref = taskOf<{ path: string }, { lines: number }>("text/count");
    expect(ref.name).toBe("text/count");
    expectTypeOf<InputOf<typeof ref>>().toEqualTypeOf<{ path: string }>();
  });
});
