import { describe, expect, it } from "vitest";
import { exportedMachines } from "./machines.js";
import { renderDiagram, renderStates } from "./states-page.js";

const lamp = {
  off: { press: "on", kick: "broken-down" },
  on: { press: "off", kick: "broken-down", fall: "broken-down" },
  "broken-down": {},
};

describe("states page", () => {
  it("draws every transition once, events to the same state together", () => {
    expect(renderDiagram(lamp).split("\n")).toEqual([
      "stateDiagram-v2",
      '  state "broken-down" as broken_down',
      "  off --> on: press",
      "  off --> broken_down: kick",
      "  on --> off: press",
      "  on --> broken_down: kick, fall",
      "  broken_down --> [*]",
    ]);
  });

  it("marks states that nothing leads to as entries", () => {
    expect(renderDiagram({ new: { start: "new", finish: "done" } })).toContain("[*] --> new");
  });

  it("marks states that have no row as ends", () => {
    expect(renderDiagram({ new: { finish: "done" } })).toContain("done --> [*]");
  });

  it("lists every transition in a table", () => {
    expect(renderStates([{ name: "Lamp", table: lamp }])).toContain("| `on` | fall | `broken-down` |");
  });

  it("asks for all machines once one is exported", () => {
    expect(exportedMachines({})).toEqual([]);
    expect(() => exportedMachines({ taskTransitions: lamp })).toThrow(
      /does not export tasksetTransitions, trialTransitions/,
    );
  });
});
