import { drawChart, escape, type Chart } from "./chart.js";

export interface PageFacts {
  readonly title: string;
  readonly subtitle: string;
  readonly hours: number;
  readonly warmUpHours: number;
}

const columns = 2;
const chartWidth = 600;
const chartHeight = 290;
const gap = 16;
const head = 74;

/** Told apart on white and on black, by eyes that do not see all colours too (after Okabe and Ito). */
const light = ["#0072b2", "#d55e00", "#008a63", "#a8437f", "#8a6d00", "#555f6b", "#2f9fd0", "#7a4a1d", "#5b4bb5"];
const dark = ["#56b4e9", "#ff9d5c", "#3ecf9f", "#e79ac6", "#f0e442", "#b5bfca", "#9ad4f5", "#d8a878", "#b3a7f5"];

const strokes = (colours: readonly string[]): string =>
  colours.map((colour, at) => `.c${at}{stroke:${colour}}`).join("");

const style = `
svg{background:#fff;color:#1b2128;font:13px system-ui,"DejaVu Sans",sans-serif}
text{fill:#1b2128}.head{font-size:20px;font-weight:600}.title{font-size:14px;font-weight:600}
.unit,.tick,.sub{fill:#5c6773;font-weight:400}.tick{font-size:11px}.entry{font-size:12px}
.grid{stroke:#e3e7eb}.axis{stroke:#8d98a4}.warm{fill:#f1f3f5}.back{fill:#fff}
.line{fill:none;stroke-width:1.6;stroke-linejoin:round}
${strokes(light)}
@media (prefers-color-scheme:dark){
svg{background:#14181d}text{fill:#e8ecf0}.unit,.tick,.sub{fill:#9aa5b1}
.grid{stroke:#2a3139}.axis{stroke:#6b7681}.warm{fill:#1d232a}.back{fill:#14181d}
${strokes(dark)}
}`;

/** Small multiples on one page, as an SVG that stands by itself and follows the reader's light or dark scheme. */
export function drawPage(charts: readonly Chart[], facts: PageFacts): string {
  const rows = Math.ceil(charts.length / columns);
  const width = columns * chartWidth + (columns + 1) * gap;
  const height = head + rows * (chartHeight + gap);
  const { hours, warmUpHours } = facts;
  const places = charts.map((chart, at) =>
    drawChart(chart, {
      x: gap + (at % columns) * (chartWidth + gap),
      y: head + Math.floor(at / columns) * (chartHeight + gap),
      width: chartWidth,
      height: chartHeight,
      hours,
      warmUpHours,
    }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(facts.title)}</title><style>${style}</style>`,
    `<rect class="back" width="${width}" height="${height}"/>`,
    `<text class="head" x="${gap + 4}" y="32">${escape(facts.title)}</text>`,
    `<text class="sub" x="${gap + 4}" y="54">${escape(facts.subtitle)}</text>`,
    ...places,
    `</svg>\n`,
  ].join("\n");
}
