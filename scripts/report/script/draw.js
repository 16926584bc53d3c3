/* Charts: the spec that charts/*.py wrote, fitted to the rows of a selection, and drawn by Vega. */

const PHONE = window.matchMedia("(max-width: 640px)");
// the page's own style dresses the tooltip, which holds texts only
const EMBED = {
  mode: "vega-lite",
  actions: false,
  ast: true,
  renderer: "svg",
  defaultStyle: false,
  tooltip: { disableDefaultStyle: true, theme: "report" },
};

/* The layers that some row is in; `pruned` of charts/base.py says why. */
function pruned(spec, rows) {
  if (!spec.layer) return spec;
  spec.layer = spec.layer.filter((layer) => {
    const condition = layer.transform && layer.transform[0] && layer.transform[0].filter;
    return !condition || !condition.field || rows.some((row) => row[condition.field] === condition.equal);
  });
  return spec;
}

/* A copy of a spec in which every scale with a fixed domain has that of the rows of `made`. */
function fitted(spec, made, info, most) {
  const copy = JSON.parse(JSON.stringify(spec));
  const rows = made.rows;
  pruned(copy, rows);
  const channels = [];
  (copy.layer || [copy]).forEach((layer) => {
    for (const [name, channel] of Object.entries(layer.encoding || {})) {
      if (channel && channel.field && channel.scale !== null) channels.push([name, channel]);
    }
  });
  const values = (channel) => rows.map((row) => row[channel.field]);
  for (const name of ["x", "y"]) {
    const own = channels.filter(([one, channel]) => one === name && channel.type === "quantitative");
    const ends = channels.filter(([one]) => one === `${name}2`);
    const numbers = [...own, ...ends].flatMap(([, channel]) => values(channel)).filter((value) => typeof value === "number");
    // `room` is the width over that of the longest bar, for the text at its end
    const low = Math.min(0, ...numbers), high = Math.max(0, ...numbers) * (name === "x" && made.room || 1);
    for (const [, channel] of own) {
      if (channel.scale && channel.scale.domain) {
        channel.scale.domain = made.domain ? made.domain[name] : [low, high || (low ? 0 : 1)];
      }
      if (channel.axis && info.axes.includes(channel.axis.labelExpr)) {
        channel.axis.labelExpr = axisLabels(Math.max(-low, high), made, info);
      }
    }
  }
  for (const [name, channel] of channels) {
    if (channel.type === "quantitative" || !channel.scale || !channel.scale.domain) continue;
    if (name === "color") {
      if (made.colours) [channel.scale.domain, channel.scale.range] = made.colours;
      continue;
    }
    const before = channel.scale.domain.length;
    channel.scale.domain = name === "y" && made.names || [...new Set(values(channel))];
    if (name === "y" && before && copy.height) {
      made.height = made.height || Math.round(copy.height / before) * channel.scale.domain.length;
    }
    if (channel.axis && channel.axis.values && made.ticks) channel.axis.values = made.ticks(most);
  }
  if (made.height) copy.height = made.height;
  delete made.height;
  copy.datasets = { rows };
  return copy;
}

/* The label expression for an axis of amounts; stacked bars reach further than any row. */
function axisLabels(largest, made, info) {
  const stacks = {};
  for (const row of made.rows) {
    if (row.store !== undefined) stacks[row.store] = (stacks[row.store] || 0) + Math.abs(row.revenue);
  }
  const reach = Math.max(largest, ...Object.values(stacks));
  return info.axes[[2e3, 2e6, 2e9].filter((size) => reach >= size).length];
}

/* Draw a spec into a box, in place of what it shows. */
async function drawInto(box, spec) {
  const live = box.querySelector(".live");
  const next = document.createElement("div");
  next.className = "next";
  live.hidden = false;
  live.append(next);
  box.classList.add("drawing-now");
  try {
    const result = await window.vegaEmbed(next, spec, EMBED);
    if (box.view) box.view.finalize();
    // the box has a name for the whole; Vega's parts have roles without one
    next.querySelectorAll("[role]").forEach((one) => {
      for (const name of ["role", "aria-roledescription"]) one.removeAttribute(name);
    });
    next.querySelector("svg").setAttribute("aria-hidden", "true");
    live.replaceChildren(next);
    next.className = "";
    box.view = result.view;
    box.classList.add("is-live");
  } catch (error) {
    next.remove();
    if (!box.view) live.hidden = true;
    console.error(`chart ${box.dataset.chart}: ${error}`);
  }
  box.classList.remove("drawing-now");
}

/* Make the marks that lead somewhere answer the mouse and the keyboard. */
function makeDrillable(box, made, go, describe) {
  const byName = new Map(made.rows.filter((row) => row.drill).map((row) => [row.name || row.store || row.month, row]));
  box.classList.toggle("drillable", byName.size > 0);
  box.setAttribute("role", byName.size ? "group" : "img");
  if (!byName.size) return;
  const rowOf = (datum) => datum && (datum.drill ? datum : byName.get(datum.value));
  box.view.addEventListener("click", (_, item) => {
    const row = item && rowOf(item.datum);
    if (row) go(row.drill, box.dataset.chart, false);
  });
  const svg = box.querySelector(".live svg");
  svg.removeAttribute("aria-hidden");
  const seen = new Set();
  const marks = Array.from(svg.querySelectorAll(".mark-rect path")).filter((mark) => {
    const datum = mark.__data__ && mark.__data__.datum;
    if (!datum || !datum.drill || seen.has(datum.drill)) return false;
    seen.add(datum.drill);
    return true;
  });
  marks.forEach((mark, number) => {
    mark.setAttribute("tabindex", number ? "-1" : "0");
    mark.setAttribute("role", "button");
    mark.setAttribute("aria-label", describe(mark.__data__.datum));
    mark.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (step) {
        const other = marks[(number + step + marks.length) % marks.length];
        mark.setAttribute("tabindex", "-1");
        other.setAttribute("tabindex", "0");
        other.focus();
      } else if (event.key === "Enter" || event.key === " ") {
        go(mark.__data__.datum.drill, box.dataset.chart, true);
      } else if (event.key === "Escape" || event.key === "Backspace") {
        go("up", box.dataset.chart, true);
      } else return;
      event.preventDefault();
    });
  });
}

/* The chart as a picture of its own: on white, with its title and what is selected. */
async function exported(spec, title, subtitle, kind) {
  const copy = JSON.parse(JSON.stringify(spec));
  copy.width = 960;
  copy.background = "#ffffff";
  copy.title = { text: title, subtitle };
  copy.padding = { left: 26, right: 28, top: 30, bottom: 28 };
  const walk = (node) => {
    for (const layer of node.layer || [node]) {
      const colour = layer.encoding && layer.encoding.color;
      if (colour && colour.legend === null && layer.mark.type === "bar") {
        colour.legend = { title: null, orient: "top", columns: 4, symbolType: "square" };
      }
    }
  };
  walk(copy);
  const box = document.createElement("div");
  const { view, finalize } = await window.vegaEmbed(box, copy, EMBED);
  try {
    if (kind === "svg") return new Blob([await view.toSVG()], { type: "image/svg+xml" });
    const canvas = await view.toCanvas(2);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } finally {
    finalize();
  }
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
