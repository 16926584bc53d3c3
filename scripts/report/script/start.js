/* Starts the page: charts that answer the pointer, and, where the page carries the sales lines and
   the browser can unpack them, filters that all figures follow. Without scripts the page reads well
   as it is; a chart that fails keeps its picture. */

const PAGE = JSON.parse(document.getElementById("charts").textContent);

function figureBoxes() {
  return Object.keys(PAGE.charts).map((id) => document.getElementById(id));
}

function variant() {
  return PHONE.matches ? "narrow" : "wide";
}

/* The spec of a chart with the rows it shows now. */
function specOf(id, made) {
  const chart = PAGE.charts[id];
  if (made) return fitted(chart[variant()], made, PAGE, PHONE.matches ? 5 : 14);
  const copy = JSON.parse(JSON.stringify(chart[variant()]));
  copy.datasets = { rows: chart.rows };
  return pruned(copy, chart.rows);
}

class Report {
  constructor(cube) {
    this.cube = cube;
    this.f = new Formats(PAGE.formats, PAGE.words, document.documentElement.lang);
    this.made = {};
    this.turn = 0;
    this.focus = null;
    if (cube) {
      const { initial } = PAGE;
      const day = (text) => (text === null ? null : fromIso(text));
      this.info = {
        ...PAGE,
        begin: monthStart(fromIso(cube.first_day)),
        until: Math.max(fromIso(cube.last_day), day(PAGE.complete) || 0),
        complete: day(PAGE.complete),
        known: PAGE.known.map(day),
        initial: new Selection({ ...initial, from: fromIso(initial.from), to: fromIso(initial.to),
          place: {}, category: null, segment: null, rfm: null }).fitted(),
      };
      document.documentElement.classList.add("is-filtered");
      this.bar = new Bar(cube, this.info, this.f, (selection) => this.go(selection));
      this.addCrumbs();
      window.addEventListener("popstate", () => this.show(this.fromAddress()));
      // links inside the page move it and leave the address, which says what is selected
      document.addEventListener("click", (event) => {
        const link = event.target.closest && event.target.closest('a[href^="#"]');
        const target = link && document.getElementById(link.getAttribute("href").slice(1));
        if (!target) return;
        event.preventDefault();
        target.scrollIntoView();
        target.tabIndex = -1;
        target.focus({ preventScroll: true });
      });
    }
    this.addTools();
  }

  fromAddress() {
    return Selection.parse(location.hash, this.cube, this.info.initial);
  }

  /* Select something: a new entry of the browser's history. */
  go(selection) {
    const wanted = selection.fitted();
    const hash = wanted.hash(this.cube, this.info.initial);
    if (hash !== this.selection.hash(this.cube, this.info.initial)) {
      history.pushState(null, "", hash ? `#${hash}` : location.pathname + location.search);
    }
    this.show(wanted);
  }

  /* What a mark of a chart or a crumb leads to: "region=3", "days=20089:20119", "up". */
  drill(where, chart, byKeyboard) {
    const now = this.selection;
    const [name, value] = where.split("=");
    if (byKeyboard) this.focus = chart;
    if (name === "days") {
      const [from, to] = value.split(":").map(Number);
      const finer = GRAINS[Math.max(0, GRAINS.indexOf(now.grain) - 1)];
      return this.go(now.with({ from, to: Math.min(to, Math.max(this.info.until, from)), grain: finer }));
    }
    if (where === "up") {
      const levels = this.cube.levels.filter((level) => level in now.place);
      if (!levels.length) return undefined;
      const place = { ...now.place };
      delete place[levels[levels.length - 1]];
      return this.go(now.with({ place }));
    }
    if (this.cube.levels.includes(name)) {
      return this.go(now.with({ place: { ...now.place, [name]: Number(value) } }));
    }
    return this.go(now.with({ [name]: Number(value) }));
  }

  /* Add up and show a selection: the tiles at once, then the charts in sight with their tables and
     sentences, then the others. */
  show(selection) {
    const { cube, f, info } = this;
    this.selection = selection;
    const filters = selection.filters;
    const q = { cube, f, info, selection, members: {},
      rows: cube.rows(selection.from, selection.to, filters), baseRows: [] };
    q.base = base(selection, info);
    q.now = cube.total(q.rows);
    if (q.base) {
      q.baseRows = cube.rows(q.base.from, q.base.to, filters);
      q.before = cube.total(q.baseRows);
    } else q.before = null;
    describe(q);
    this.q = q;
    this.bar.show(q);
    fillTiles(q);
    const lead = document.querySelector(".lead");
    if (lead) {
      lead.replaceChildren(element("strong", q.inForce), `, ${q.compared}.`);
      if (q.isClamped) lead.append(" ", f.words("live.until", { day: f.day(info.until) }));
    }
    this.crumbs();
    this.say(q);
    return this.drawAll();
  }

  /* Whether a chart can follow the filters: products and customers need the lines themselves. */
  isLive(chart) {
    if (!this.cube || !chart.live || !(chart.wide || chart.live.options.is_table)) return false;
    const { needs_lines, needs_days } = chart.live.options;
    return this.cube.grain === "line" || !(needs_lines || (needs_days && this.cube.grain === "month"));
  }

  fill(id, chart, q) {
    const made = MAKERS[chart.live.kind](q, chart.live.options);
    this.made[id] = made;
    const box = document.getElementById(id);
    if (made.title) {
      chart.title = made.title;
      const title = box.querySelector("h3 .defined") || box.querySelector("h3");
      title.textContent = made.title;
    }
    const subtitle = box.querySelector(".subtitle");
    const unit = made.subtitle || q.f.words("live.in_currency", { currency: PAGE.currency });
    if (subtitle) subtitle.textContent = unit;
    chart.subtitle = [unit, q.inForce + (q.base ? `, ${q.compared}` : "")];
    const caption = box.querySelector("figcaption, .caption");
    if (caption) caption.textContent = made.sentence;
    const drawing = box.querySelector("[data-chart]");
    if (drawing) {
      drawing.setAttribute("aria-label", `${chart.title || chart.name}. ${made.sentence}`);
      drawing.hidden = !made.rows.length;
    }
    const key = box.querySelector(".key");
    if (key && made.key) key.replaceChildren(...made.key.map(swatch));
    if (key) key.hidden = !made.rows.length;
    fillTable(box.querySelector("table"), made);
  }

  /* For those who do not see the page change. */
  say(q) {
    const { f } = this;
    const before = q.before ? q.before.revenue : null;
    const relative = growth(q.now.revenue, before);
    const texts = [q.inForce, `${f.words("tiles.revenue")} ${f.money(q.now.revenue)}`];
    if (relative !== null) texts.push(`${f.change(relative)}, ${q.compared}`);
    if (q.now.orders !== null) texts.push(`${f.words("tiles.orders")} ${f.count(q.now.orders)}`);
    document.getElementById("status").textContent = `${texts.join(". ")}.`;
  }

  async drawAll() {
    const turn = ++this.turn;
    document.documentElement.dataset.ready = "false";
    const height = window.innerHeight;
    const inSight = (box) => {
      const { top, bottom } = box.getBoundingClientRect();
      return bottom > 0 && top < height;
    };
    const all = figureBoxes();
    const order = [...all.filter(inSight), ...all.filter((box) => !inSight(box))];
    const visible = order.filter(inSight).length;
    for (const [place, box] of order.entries()) {
      if (place === visible) document.documentElement.dataset.seen = String(turn);
      // the page answers between two charts that nobody sees yet
      if (place >= visible) await new Promise((next) => setTimeout(next));
      if (turn !== this.turn) return;
      await this.draw(box, turn);
      if (turn !== this.turn) return;
    }
    document.documentElement.dataset.ready = "true";
  }

  async draw(figure, turn) {
    const { id } = figure;
    const chart = PAGE.charts[id];
    const box = figure.querySelector("[data-chart]");
    if (this.isLive(chart) && figure.question !== this.q) this.fill(id, chart, this.q);
    figure.question = this.q;
    const made = this.made[id];
    if (!box || (made && !made.rows.length)) return;
    const mode = variant();
    if (!made && box.drawnAs === mode) return;
    await drawInto(box, specOf(id, made));
    box.drawnAs = mode;
    if (turn !== this.turn) return;
    if (made && box.view) {
      makeDrillable(box, made, (...where) => this.drill(...where),
        (row) => this.f.words("live.open", { name: row.name || row.store || row.month_text,
          figure: row.bar_text || row.revenue_text }));
      if (this.focus === id) {
        this.focus = null;
        const mark = box.querySelector('.live [tabindex="0"]');
        if (mark) mark.focus({ preventScroll: true });
      }
    }
  }

  /* The way back up from a place, above each chart of places. */
  addCrumbs() {
    for (const [id, chart] of Object.entries(PAGE.charts)) {
      if (!chart.live || chart.live.options.by !== "place") continue;
      const figure = document.getElementById(id).querySelector("figure");
      if (!figure) continue;
      const list = element("nav", undefined, { className: "crumbs", hidden: true });
      list.setAttribute("aria-label", `${chart.name}, ${this.f.words("live.place")}`);
      figure.before(list);
    }
  }

  crumbs() {
    const { cube, f, selection } = this;
    const levels = cube.levels.filter((level) => level in selection.place);
    document.querySelectorAll(".crumbs").forEach((list) => {
      list.hidden = !levels.length;
      const chart = list.closest(".chart").id;
      const steps = [[f.words("live.everywhere"), {}]];
      levels.forEach((level, depth) => steps.push([shownName(f, cube.places[level][selection.place[level]]),
        Object.fromEntries(levels.slice(0, depth + 1).map((one) => [one, selection.place[one]]))]));
      list.replaceChildren(...steps.map(([label, place], depth) => {
        if (depth === steps.length - 1) {
          const here = element("span", label);
          here.setAttribute("aria-current", "true");
          return here;
        }
        const button = element("button", label, { type: "button" });
        button.addEventListener("click", () => {
          this.focus = chart;
          this.go(this.selection.with({ place }));
        });
        return button;
      }));
    });
  }

  /* Buttons that give a chart as PNG or SVG and a table as CSV; the badge of charts that stay. */
  addTools() {
    const { f } = this;
    const button = (kind, title, act) => {
      const made = element("button", kind.toUpperCase(), { type: "button" });
      made.setAttribute("aria-label", f.words("live.download", { title, kind: kind.toUpperCase() }));
      made.addEventListener("click", act);
      return made;
    };
    for (const [id, chart] of Object.entries(PAGE.charts)) {
      const box = document.getElementById(id);
      const tools = element("p", undefined, { className: "tools" });
      if (box.querySelector("[data-chart]")) {
        for (const kind of ["png", "svg"]) {
          tools.append(button(kind, chart.name, async () => {
            const made = this.made[id];
            const copy = made ? fitted(PAGE.charts[id].wide, made, PAGE, 14)
              : pruned({ ...JSON.parse(JSON.stringify(chart.wide)), datasets: { rows: chart.rows } }, chart.rows);
            save(await exported(copy, chart.title || chart.name, chart.subtitle || "", kind), `${id}.${kind}`);
          }));
        }
      }
      const table = box.querySelector("table");
      if (table) tools.append(button("csv", chart.name, () => save(csvOf(table, f), `${id}.csv`)));
      if (tools.childElementCount) box.prepend(tools);
      if (this.cube && !this.isLive(chart)) {
        box.querySelector("h3").after(element("p", f.words("live.badge"), { className: "badge" }));
      }
    }
    document.querySelectorAll("#trust table").forEach((table, place) => {
      const label = table.closest(".scroll").getAttribute("aria-label");
      const tools = element("p", undefined, { className: "tools" });
      tools.append(button("csv", label, () => save(csvOf(table, f), `trust_${place + 1}.csv`)));
      table.closest(".scroll").before(tools);
    });
  }
}

function swatch(entry) {
  const item = document.createElement("li");
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const set = (node, values) => Object.entries(values).forEach(([name, value]) => node.setAttribute(name, value));
  set(svg, { class: "swatch", width: 18, height: 12, viewBox: "0 0 18 12", "aria-hidden": "true" });
  const shapes = {
    square: ["rect", { x: 2, width: 12, height: 12, rx: 2, fill: entry.colour }],
    unfinished: ["rect", { x: 3, y: 1, width: 10, height: 10, fill: entry.colour, "fill-opacity": 0.22,
      stroke: entry.colour, "stroke-dasharray": "3 2" }],
    line: ["path", { d: "M0 6H17", stroke: entry.colour, "stroke-width": 3 }],
    dash: ["path", { d: "M0 6H18", stroke: entry.colour, "stroke-width": 2, "stroke-dasharray": "5 3" }],
  };
  const [name, values] = shapes[entry.mark];
  const shape = document.createElementNS(space, name);
  set(shape, values);
  svg.append(shape);
  item.append(svg, element("bdi", entry.label));
  return item;
}

async function start() {
  let cube = null;
  const packed = document.getElementById("cube");
  if (packed && PAGE.cube && "DecompressionStream" in window) {
    try {
      cube = await openCube(PAGE.cube, packed.textContent);
    } catch (error) {
      console.error(`the sales lines: ${error}`);
    }
  }
  const report = new Report(cube);
  window.report = report;
  PHONE.addEventListener("change", () => report.drawAll());
  if (cube) await report.show(report.fromAddress());
  else await report.drawAll();
}

start();

// on paper, every table and list is open; afterwards each is as the reader left it
let closed = [];
window.addEventListener("beforeprint", () => {
  closed = Array.from(document.querySelectorAll("details.kind:not([open])"));
  closed.forEach((details) => (details.open = true));
});
window.addEventListener("afterprint", () => closed.forEach((details) => (details.open = false)));
