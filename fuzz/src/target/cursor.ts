import fc from "fast-check";
import { EventRing } from "@capstan/engine/decoder";
import { anyText } from "../generate/hostile.js";
import { textSeeds } from "../generate/seeds.js";
import { textOf } from "../input/byte-string.js";
import { broken } from "../invariant/broken.js";
import { decode } from "../invariant/refusal.js";
import { stateless, type Target } from "./target.js";

const ring = new EventRing({ epoch: 3, eventsMax: 20 });
for (let sequence = 1; sequence <= 12; sequence += 1) {
  const event = { type: "task.queued", namespace: "default", atMs: sequence } as const;
  ring.append(
    sequence * 2,
    Array.from({ length: 1 + (sequence % 4) }, () => event),
  );
}
const small = fc.nat({ max: 30 });

/** Cursors of events: refused, or the place after which exactly the rest comes. */
export const cursor: Target = {
  name: "cursor",
  kind: "text",
  seeds: textSeeds(
    fc.tuple(fc.nat({ max: 4 }), small, fc.nat({ max: 5 })).map((parts) => parts.join("-")),
    anyText,
  ),
  words: ["3-", "-0", "24-", "99999999999", "e1", "+"],
  open: stateless((input) => {
    const outcome = decode(() => ring.read(textOf(input), 1_000), ["invalid-cursor", "cursor-expired"]);
    if ("refused" in outcome) return;
    const { events, cursor: reached } = outcome.value;
    if (events.length > 30) broken("more events than there are", events.length);
    if (events.length > 0 && reached !== ring.cursor) broken("the cursor is not that of the last event", reached);
    const again = ring.read(reached, 1_000);
    if (again.events.length > 0) broken("events come again", reached);
  }),
};
