import { median, type Point } from "../judge/statistic.js";
import { niceScale, powerScale, shortNumber, type Scale } from "./scale.js";

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

/** One small plot of several lines over time. */
export interface Chart {
  readonly title: string;
  readonly unit: string;
  /** Whether its values are of very different sizes: powers of ten get the same room then. */
  readonly isPower?: boolean;
  readonly lines: readonly Line[];
}

export interface ChartPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** End of the time axis, and of the part that was not judged, in hours. */
  readonly hours: number;
  readonly warmUpHours: number;
}

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly time: Scale;
  readonly value: Scale;
}

const margin = { left: 52, right: 14, top: 30, axis: 40 };
const legendRow = 17;
const legendColumns = 3;

/** A chart as a group of an SVG, with axes, units and a legend that tells the last values. */
export function drawChart(chart: Chart, place: ChartPlace): string {
  const lines = chart.lines.filter(({ points }) => points.length > 0);
  const legend = Math.ceil(lines.length / legendColumns) * legendRow;
  const width = place.width - margin.left - margin.right;
  const height = place.height - margin.top - margin.axis - legend;
  const most = Math.max(...lines.flatMap(({ points }) => points.map(({ y }) => y)), 0);
  const minutes = place.hours * 60;
  const frame: Frame = {
    width,
    height,
    // The axis ends where the run does, whatever its last round number.
    time: { ...niceScale({ least: 0, most: minutes }, width, 6), at: (at) => (at / minutes) * width },
    value: chart.isPower === true ? powerScale(most, height) : niceScale({ least: 0, most }, height, 4),
  };
  return [
    `<g transform="translate(${place.x} ${place.y})" role="group" aria-label="${escape(chart.title)}">`,
    `<text class="title" x="${margin.left}" y="18">${escape(chart.title)}<tspan class="unit" dx="8">${escape(chart.unit)}</tspan></text>`,
    `<g transform="translate(${margin.left} ${margin.top})">`,
    drawWarmUp(frame, place.warmUpHours),
    drawAxes(frame, minutes),
    ...lines.map(({ points }, at) => drawLine(points, frame, at)),
    `</g>`,
    ...lines.map((line, at) => drawEntry(line, at, { y: place.height - legend + 4, width })),
    `</g>`,
  ].join("\n");
}

function drawWarmUp({ time, height }: Frame, hours: number): string {
  return `<rect class="warm" width="${pixel(time.at(hours * 60))}" height="${pixel(height)}"><title>warming up: not judged</title></rect>`;
}

function drawAxes({ width, height, time, value }: Frame, minutes: number): string {
  const rows = value.ticks.map((tick) => {
    const y = pixel(height - value.at(tick));
    return `<line class="grid" x2="${pixel(width)}" y1="${y}" y2="${y}"/><text class="tick" x="-7" y="${y}" dy="0.32em" text-anchor="end">${shortNumber(tick)}</text>`;
  });
  const columns = time.ticks
    .filter((tick) => tick <= minutes)
    .map((tick) => {
      const x = pixel(time.at(tick));
      return `<line class="axis" x1="${x}" x2="${x}" y1="${pixel(height)}" y2="${pixel(height + 4)}"/><text class="tick" x="${x}" y="${pixel(height + 17)}" text-anchor="middle">${shortNumber(tick)}</text>`;
    });
  const end = `<text class="tick" x="${pixel(width)}" y="${pixel(height + 32)}" text-anchor="end">minutes</text>`;
  return [
    ...rows,
    `<line class="axis" x2="${pixel(width)}" y1="${pixel(height)}" y2="${pixel(height)}"/>`,
    ...columns,
    end,
  ].join("");
}

/** Samples further apart than so many usual distances are not joined: what they tell of was not there in between. */
const gapMax = 3;

function drawLine(points: readonly Point[], { time, value, height }: Frame, at: number): string {
  const distances = points.slice(1).map(({ x }, before) => x - points[before]!.x);
  const gap = gapMax * median(distances);
  const places = points.map(({ x, y }, index) => {
    const isJoined = index > 0 && distances[index - 1]! <= gap;
    return `${isJoined ? "L" : "M"}${pixel(time.at(x * 60))} ${pixel(height - value.at(y))}`;
  });
  return `<path class="line c${at}" d="${places.join("")}"/>`;
}

function drawEntry({ name, points }: Line, at: number, { y, width }: { y: number; width: number }): string {
  const x = margin.left + ((at % legendColumns) * width) / legendColumns;
  const top = y + Math.floor(at / legendColumns) * legendRow;
  const last = points.at(-1)!.y;
  const text = `${escape(name)} <tspan class="unit">${shortNumber(Number(last.toPrecision(3)))}</tspan>`;
  return `<line class="line c${at}" x1="${pixel(x)}" x2="${pixel(x + 14)}" y1="${top - 4}" y2="${top - 4}"/><text class="entry" x="${pixel(x + 19)}" y="${top}">${text}</text>`;
}

function pixel(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
