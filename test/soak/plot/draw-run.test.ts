import { describe, expect, it } from "vitest";
import { drawChart } from "./chart.js";
import { niceScale, powerScale, shortNumber } from "./scale.js";

const place = { x: 0, y: 0, width: 600, height: 300, hours: 1, warmUpHours: 0.25 };

describe("a scale", () => {
  it("has round ticks around all values", () => {
    expect(niceScale({ least: 0, most: 87 }, 100, 4).ticks).toEqual([0, 25, 50, 75, 100]);
    expect(niceScale({ least: 0, most: 0.03 }, 100, 4).ticks).toEqual([0, 0.01, 0.02, 0.03]);
    expect(niceScale({ least: 0, most: 0 }, 100, 4).ticks[0]).toBe(0);
    expect(niceScale({ least: 0, most: 100 }, 200).at(50)).toBe(100);
  });

  it("gives each power of ten the same room where values are of very different sizes, and 0 a place", () => {
    const scale = powerScale(40_000, 500);
    expect(scale.ticks).toEqual([0, 10, 100, 1_000, 10_000, 100_000]);
    expect(scale.at(0)).toBe(0);
    expect(scale.at(1_000) - scale.at(100)).toBeCloseTo(100, 0);
    expect(scale.at(100_000)).toBe(500);
  });

  it("writes numbers short", () => {
    expect([3, 12_000, 2_500_000, 0.25].map(shortNumber)).toEqual(["3", "12k", "2.5M", "0.25"]);
  });
});

describe("a chart", () => {
  it("names its lines with their last values, its unit, and both axes", () => {
    const points = [0, 0.5, 1].map((x) => ({ x, y: 40 * x }));
    const svg = drawChart({ title: "Memory <of all>", unit: "MB", lines: [{ name: "engine", points }] }, place);
    expect(svg).toContain("Memory &lt;of all&gt;");
    expect(svg).toContain('engine <tspan class="unit">40</tspan>');
    expect(svg).toContain(">minutes</text>");
    expect(svg).toMatch(/<path class="line c0" d="M0 [\d.]+L267 [\d.]+L534 0"\/>/);
  });

  it("does not draw a line through the time in which there was nothing", () => {
    const points = [0, 0.01, 0.02, 0.5, 0.51].map((x) => ({ x, y: 1 }));
    const svg = drawChart({ title: "Guest", unit: "", lines: [{ name: "guest", points }] }, place);
    const [, path = ""] = /<path class="line c0" d="([^"]+)"/.exec(svg) ?? [];
    expect(path.match(/M/g)).toHaveLength(2);
  });

  it("is empty, not broken, without any points", () => {
    expect(drawChart({ title: "Nothing", unit: "", lines: [{ name: "none", points: [] }] }, place)).not.toContain(
      "NaN",
    );
  });
});
