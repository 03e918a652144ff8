/**
 * What makes rows of the data in the page. It is text, since it runs in the reader's browser; names become text nodes and
 * never markup.
 */
export const pageScript = `"use strict";
(() => {
  const rows = JSON.parse(document.getElementById("data").textContent);
  const section = document.getElementById("all");
  const [filter, table] = [section.querySelector(".filter"), section.querySelector("table")];
  const [search, select, told] = filter.children;
  const more = section.querySelector(".more");
  const body = table.tBodies[0];
  const signs = ["passed", "failed", "skipped", "muted"];
  const time = (ms) => ms < 1000 ? ms + " ms" : ms < 60000 ? (ms / 1000).toFixed(1) + " s"
    : Math.floor(ms / 60000) + "m " + String(Math.floor(ms / 1000) % 60).padStart(2, "0") + "s";
  const make = (tag, text, kind) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (kind) element.className = kind;
    return element;
  };
  const name = (text) => make("bdi", text);
  const mark = (kind) => make("span", undefined, "mark " + kind);
  const exampleRow = (examples) => {
    const row = make("tr", undefined, "examples");
    const cell = row.appendChild(make("td"));
    cell.colSpan = 6;
    for (const [text, code, ms] of examples) {
      const line = cell.appendChild(make("div"));
      line.append(mark(signs[code]), name(text), make("span", time(ms), "quiet right"));
    }
    return row;
  };
  const show = (row, button, examples) => {
    const isOpen = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!isOpen));
    if (isOpen) row.nextSibling.remove();
    else row.after(exampleRow(examples));
  };
  const rowOf = ([text, status, isFlaky, trials, worker, ms, examples]) => {
    const row = make("tr");
    const what = row.appendChild(make("td"));
    if (examples.length > 0) {
      const button = what.appendChild(make("button"));
      button.append(name(text));
      button.setAttribute("aria-expanded", "false");
      button.addEventListener("click", () => show(row, button, examples));
    } else what.append(name(text));
    const verdict = row.appendChild(make("td"));
    verdict.append(mark(status), isFlaky ? status + ", flaky" : status);
    row.append(make("td", examples.length || "", "right"), make("td", trials, "right"), make("td"), make("td", time(ms), "right"));
    row.children[4].append(name(worker));
    return row;
  };
  let shownMax = 500;
  const fill = () => {
    const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const kind = select.value;
    const found = rows.filter(([text, status, isFlaky, , , , examples]) => {
      if (kind !== "" && (kind === "flaky" ? !isFlaky : status !== kind)) return false;
      const fits = (each) => words.every((word) => each.toLowerCase().includes(word));
      return fits(text) || (words.length > 0 && examples.some(([each]) => fits(each)));
    });
    body.replaceChildren(...found.slice(0, shownMax).map(rowOf));
    told.textContent = found.length + " found";
    more.hidden = found.length <= shownMax;
    more.textContent = "Show the other " + (found.length - shownMax);
  };
  const kinds = [...new Set(rows.map(([, status]) => status))].sort();
  if (rows.some(([, , isFlaky]) => isFlaky)) kinds.push("flaky");
  for (const kind of kinds) select.append(make("option", kind));
  for (const option of [...select.options].slice(1)) option.value = option.textContent;
  search.addEventListener("input", fill);
  select.addEventListener("change", fill);
  more.addEventListener("click", () => {
    shownMax = Infinity;
    fill();
  });
  filter.hidden = table.hidden = false;
  fill();
})();
`;
