import { describe, expect, it } from "vitest";
import { renderDiagram, renderStates } from "./states-page.js";

const lamp = {
  starts: ["switched-off"],
  finals: ["broken"],
  table: {
    "switched-off": { press: "on", kick: "broken", wipe: "switched-off", shout: undefined },
    on: { press: "switched-off", kick: "broken", fall: "broken" },
    broken: { mend: "switched-off" },
  },
};

describe("states page", () => {
  it("draws one arrow between two states, and marks starts and ends", () => {
    expect(renderDiagram(lamp).split("\n")).toEqual([
      "stateDiagram-v2",
      "  [*] --> switched_off",
      "  switched_off --> on: press",
      "  switched_off --> broken: kick",
      "  on --> switched_off: press",
      "  on --> broken: kick, fall",
      "  broken --> switched_off: mend",
      "  broken --> [*]",
    ]);
  });

  it("lists every transition in a table, also those that change nothing", () => {
    const page = renderStates([{ name: "Lamp", ...lamp }]);
    expect(page.split("\n").filter((line) => line.startsWith("| `"))).toEqual([
      "| `switched-off` | press | `on` |",
      "| `switched-off` | kick | `broken` |",
      "| `switched-off` | wipe | `switched-off` |",
      "| `on` | press | `switched-off` |",
      "| `on` | kick | `broken` |",
      "| `on` | fall | `broken` |",
      "| `broken` | mend | `switched-off` |",
    ]);
  });
});
