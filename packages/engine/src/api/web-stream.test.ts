import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { webStream } from "./web-stream.js";

const pieces = ["one ", "two ", "three"].map((text) => Buffer.from(text));

it("gives what the source gives, and ends with it", async () => {
  expect(await new Response(webStream(Readable.from(pieces))).text()).toBe("one two three");
});

it("reads no more than is taken", async () => {
  let made = 0;
  const source = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(1_000, (made += 1));
    })(),
    { highWaterMark: 2 },
  );
  const reader = webStream(source).getReader();
  await reader.read();
  await reader.read();
  expect(made).toBeLessThan(10);
  await reader.cancel();
  expect(source.destroyed).toBe(true);
});

it("can be cancelled while a read waits", async () => {
  const source = new Readable({ read() {} });
  const reader = webStream(source).getReader();
  const read = reader.read();
  await reader.cancel();
  expect(await read).toEqual({ done: true, value: undefined });
  expect(source.destroyed).toBe(true);
});

it("breaks when the source does", async () => {
  const source = new Readable({ read() {} });
  const reader = webStream(source).getReader();
  const read = expect(reader.read()).rejects.toMatchObject({ code: "unreachable" });
  source.destroy();
  await read;
});
