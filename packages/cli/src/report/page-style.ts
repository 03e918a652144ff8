/** The look of the page, in light and dark, on screens of any width and on paper. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --paper: #f7f7f5; --card: #ffffff; --ink: #1f2328; --quiet: #6b7280; --line: #e4e4e0; --code: #f3f3f0;
  --good: #3a9d6e; --bad: #cf3f3a; --odd: #c98207; --calm: #b9bdc4; --busy: #3b7dd8; --bad-tint: #fdf0ef;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --card: #1c1f24; --ink: #e6e8eb; --quiet: #969da8; --line: #2e333b; --code: #14171b;
    --good: #4db684; --bad: #ef6a63; --odd: #e0a63a; --calm: #565d68; --busy: #6aa5f5; --bad-tint: #2a1d1e;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1200px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 24px; margin: 0; line-height: 1.3; overflow-wrap: anywhere; }
h2 { font-size: 17px; margin: 0 0 14px; }
h3 { font-size: 14px; margin: 0 0 6px; overflow-wrap: anywhere; }
h4 { font-size: 12px; font-weight: 600; color: var(--quiet); margin: 12px 0 4px; }
header p { margin: 4px 0 0; }
bdi { unicode-bidi: isolate; }
.quiet { color: var(--quiet); font-weight: 400; }
.right { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.count { color: var(--quiet); font-weight: 400; margin-left: 4px; }
.bad { color: var(--bad); } .odd { color: var(--odd); }
.pill { font-size: 13px; font-weight: 600; padding: 2px 10px; border-radius: 99px; color: #fff; background: var(--calm); vertical-align: 3px; }
.pill.succeeded { background: var(--good); } .pill.failed { background: var(--bad); } .pill.cancelled { background: var(--odd); } .pill.running { background: var(--busy); }
@media (prefers-color-scheme: dark) { .pill { color: #14161a; } }
.bar { display: block; width: 100%; height: 8px; border-radius: 4px; margin: 18px 0; background: var(--line); overflow: hidden; }
.facts { display: flex; flex-wrap: wrap; gap: 10px 34px; margin: 0 0 26px; }
.facts div { display: flex; flex-direction: column-reverse; }
.facts dt { color: var(--quiet); font-size: 13px; } .facts dd { margin: 0; font-size: 21px; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.25; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin: 0 0 18px; }
.failure { border-top: 1px solid var(--line); padding: 10px 0; }
.failure:first-of-type { border-top: 0; }
.failure > summary { cursor: pointer; font-weight: 600; overflow-wrap: anywhere; }
.failure > :not(summary) { margin-left: 18px; }
.example { margin: 12px 0; padding: 10px 12px; background: var(--bad-tint); border-left: 3px solid var(--bad); border-radius: 4px; }
pre, code { font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
pre { margin: 0; padding: 8px 12px; background: var(--code); border-radius: 6px; overflow: auto; max-height: 420px; white-space: pre-wrap; overflow-wrap: anywhere; }
.example pre { background: transparent; padding: 0; }
.mark { display: inline-block; width: 9px; height: 9px; border-radius: 3px; margin-right: 7px; background: var(--calm); flex: none; }
.mark.succeeded, .mark.passed { background: var(--good); } .mark.failed { background: var(--bad); } .mark.lost, .mark.cancelled, .mark.abandoned, .mark.muted { background: var(--odd); } .mark.running { background: var(--busy); }
rect { fill: var(--calm); } rect.succeeded { fill: var(--good); } rect.failed { fill: var(--bad); } rect.lost, rect.cancelled { fill: var(--odd); } rect.running { fill: var(--busy); }
.timeline { overflow-x: auto; }
.worker { display: grid; grid-template-columns: minmax(70px, 150px) minmax(420px, 1fr); gap: 12px; align-items: center; padding: 4px 0; border-top: 1px solid var(--line); }
.worker:first-child { border-top: 0; }
.worker svg { display: block; width: 100%; overflow: visible; }
.worker rect { stroke: var(--card); stroke-width: 0.6px; } .worker rect.failed { stroke: var(--bad); } .worker rect.lost, .worker rect.cancelled { stroke: var(--odd); } .worker rect:hover { opacity: 0.7; }
.who { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-size: 13px; }
.axis line { stroke: var(--quiet); } .axis text { fill: var(--quiet); font-size: 11px; }
.legend { font-size: 12.5px; margin: 10px 0 0; } .legend > span { margin-right: 14px; white-space: nowrap; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 10px 34px; }
.slow { list-style: none; margin: 0; padding: 0; font-size: 13.5px; }
.slow li { display: grid; grid-template-columns: 1fr auto; gap: 0 14px; padding: 4px 0; }
.slow .name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.slow svg { grid-column: 1 / 3; width: 100%; height: 3px; display: block; margin-top: 3px; } .slow rect { fill: var(--busy); opacity: 0.55; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th { text-align: left; font-weight: 500; color: var(--quiet); font-size: 12.5px; } th.right { text-align: right; }
td, th { padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:last-child, th:last-child { padding-right: 0; } td.right + td:not(.right), th.right + th:not(.right) { padding-left: 14px; }
td:first-child { overflow-wrap: anywhere; min-width: 160px; }
button { all: unset; cursor: pointer; } button:hover { text-decoration: underline; } button:focus-visible { outline: 2px solid var(--busy); outline-offset: 2px; }
td button::before { content: "▸"; display: inline-block; width: 14px; color: var(--quiet); } td button[aria-expanded="true"]::before { content: "▾"; }
.examples td { background: var(--code); padding: 8px 14px; } .examples div { display: flex; align-items: baseline; gap: 0; padding: 1px 0; } .examples bdi { flex: 1; overflow-wrap: anywhere; }
.more { display: block; margin: 12px 0 0; color: var(--quiet); } .more[hidden] { display: none; }
.filter { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; margin-bottom: 12px; } .filter[hidden] { display: none; }
input, select { font: inherit; font-size: 14px; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; padding: 5px 10px; } input { flex: 1; min-width: 160px; max-width: 420px; }
footer { font-size: 12.5px; color: var(--quiet); }
@media (max-width: 640px) { main { padding: 18px 12px 40px; } section { padding: 14px 12px; } .worker { grid-template-columns: 64px minmax(260px, 1fr); gap: 8px; } .facts { gap: 10px 22px; } }
@media print { body { background: #fff; } .filter { display: none; } section { break-inside: avoid-page; } }
`;
