import fc from "fast-check";
import { expect, test } from "vitest";
import { digestsIn } from "./digests-in.js";

async function* parts(text: string, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const size = sizes[n % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const digest = fc.stringMatching(/^[0-9a-f]{64}$/).map((digits) => `sha256:${digits}`);

test("every digest of a text is found once, wherever it is cut", async () => {
  const words = fc.array(fc.tuple(fc.string({ maxLength: 90, unit: "binary" }), digest), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(words, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), async (pieces, sizes) => {
      const text = JSON.stringify(pieces);
      const found: string[] = [];
      for await (const each of digestsIn(parts(text, sizes))) found.push(each);
      expect(found).toEqual([...text.matchAll(/sha256:[0-9a-f]{64}/g)].map(([each]) => each));
    }),
  );
});
