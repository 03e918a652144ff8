import fc from "fast-check";
import { withStore, type ConformanceKit, type MakePlace } from "./conformance-kit.js";
import { launchedAtMs, taskId } from "./sample-row.js";

const namespace = "default";
const trial = `trial_${taskId(1).slice(5)}_1`;

function makeLog(sequence: number, text: string, stream: "stdout" | "stderr" = "stdout") {
  return { namespace, trial, stream, sequence, text, atMs: launchedAtMs };
}

/** Logs: appending, repetition, ranges by byte. */
export function logConformance({ describe, it, expect }: ConformanceKit, makePlace: MakePlace): void {
  describe("logs", () => {
    it("appends text to each stream and drops what is repeated", () =>
      withStore(makePlace, async ({ store, commit }) => {
        await commit({ logs: [makeLog(1, "one\n"), makeLog(2, "err\n", "stderr"), makeLog(3, "two\u0000\n")] });
        await commit({ logs: [makeLog(3, "two\u0000\n"), makeLog(2, "err\n", "stderr"), makeLog(4, "three")] });
        const range = { namespace, trial, offset: 0, bytesMax: 1_000 };
        expect(await store.readLog({ ...range, stream: "stdout" })).toEqual({
          text: "one\ntwo\u0000\nthree",
          offset: 0,
          nextOffset: 14,
        });
        expect((await store.readLog({ ...range, stream: "stderr" })).text).toBe("err\n");
        expect(await store.measureLog(namespace, trial)).toEqual({ stdout: 14, stderr: 4, sequence: 4 });
      }));

    it("has nothing of an unknown trial, nor past the end", () =>
      withStore(makePlace, async ({ store, commit }) => {
        await commit({ logs: [makeLog(1, "abc")] });
        const range = { namespace, trial, stream: "stdout" as const, bytesMax: 10 };
        expect(await store.readLog({ ...range, offset: 3 })).toEqual({ text: "", offset: 3, nextOffset: 3 });
        expect(await store.readLog({ ...range, offset: 99 })).toEqual({ text: "", offset: 99, nextOffset: 99 });
        expect(await store.readLog({ ...range, trial: "trial_x", offset: 0 })).toEqual({
          text: "",
          offset: 0,
          nextOffset: 0,
        });
        expect(await store.measureLog("other", trial)).toEqual({ stdout: 0, stderr: 0, sequence: 0 });
      }));

    it("gives any range of any text back without splitting a character", () =>
      withStore(makePlace, async ({ store, commit }) => {
        let run = 0;
        const texts = fc.array(fc.string({ unit: "grapheme", maxLength: 40 }), { minLength: 1, maxLength: 30 });
        await fc.assert(
          fc.asyncProperty(texts, fc.integer({ min: 1, max: 60 }), async (parts, bytesMax) => {
            run += 1;
            const own = `${trial.slice(0, -1)}${run}`;
            await commit({ logs: parts.map((text, n) => ({ ...makeLog(n + 1, text), trial: own })) });
            const whole = parts.join("");
            let read = "";
            for (let offset = 0; ;) {
              const slice = await store.readLog({ namespace, trial: own, stream: "stdout", offset, bytesMax });
              expect(slice.offset).toBe(offset);
              read += slice.text;
              if (slice.nextOffset === offset) break;
              expect(slice.nextOffset - offset).toBeLessThanOrEqual(Math.max(bytesMax, 4));
              offset = slice.nextOffset;
            }
            expect(read).toBe(whole);
            const bytes = Buffer.byteLength(whole);
            expect((await store.measureLog(namespace, own)).stdout).toBe(bytes);
            const middle = await store.readLog({
              namespace,
              trial: own,
              stream: "stdout",
              offset: Math.floor(bytes / 2),
              bytesMax: bytes + 1,
            });
            expect(whole.endsWith(middle.text)).toBe(true);
            expect(Buffer.byteLength(middle.text)).toBe(bytes - middle.offset);
          }),
          { numRuns: 40 },
        );
      }));
  });
}
