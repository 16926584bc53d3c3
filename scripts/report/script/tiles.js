/* The headline figures of a selection, as tiles.py gives them for the whole months. */

const TILES = {
  revenue: { of: (one) => one.revenue, show: (f, value) => f.money(value), isGood: 1 },
  orders: { of: (one) => one.orders, show: (f, value) => f.count(value), isGood: 1, scale: 1 },
  average_order: {
    of: (one) => (one.orders ? one.revenue / one.orders : null),
    show: (f, value) => f.money(value === null ? null : Math.sign(value) * Math.round(Math.abs(value)), true),
    isGood: 1,
  },
  units: { of: (one) => one.units, show: (f, value) => f.count(value === null ? null : f.steps(value, 0) * Math.sign(value)), isGood: 1 },
  margin: { of: (one) => one.margin, show: (f, value) => f.money(value), isGood: 1 },
  returns: { of: (one) => Math.abs(one.returns), show: (f, value) => f.money(value), isGood: -1 },
};

function fillTiles(q) {
  const { f } = q;
  const notes = {
    orders: ordersNote(q),
    average_order: ordersNote(q),
    margin: marginNote(q),
    returns: returnsNote(q),
  };
  for (const [name, tile] of Object.entries(TILES)) {
    const box = document.getElementById(`tile-${name}`);
    if (!box) continue;
    const now = tile.of(q.now);
    const before = q.before ? tile.of(q.before) : null;
    const relative = growth(now, before);
    const data = box.querySelector("data");
    data.value = now === null ? "" : String(now / (tile.scale || 1e4));
    data.textContent = tile.show(f, now);
    box.querySelectorAll(".change, .note, .last").forEach((one) => one.remove());
    const line = element("dd", undefined, { className: "change" });
    const isFlat = relative !== null && f.share(relative) === f.share(0);
    if (relative === null) {
      line.classList.add("none");
      line.textContent = now === null || q.selection.compare === "none" ? ""
        : f.words(q.base ? "live.no_figure_before" : "periods.no_base_short");
    } else {
      const sign = element("span", isFlat ? "=" : relative > 0 ? "▲" : "▼");
      sign.setAttribute("aria-hidden", "true");
      line.append(sign, " ", isFlat ? f.words("tiles.same") : f.change(relative));
      if (!isFlat) line.classList.add(relative > 0 === tile.isGood > 0 ? "good" : "bad");
    }
    if (line.textContent) box.append(line);
    if (notes[name]) box.append(element("dd", notes[name], { className: "note" }));
    const last = lastMonth(q, tile);
    if (last) box.append(element("dd", last, { className: "last" }));
  }
}

function ordersNote(q) {
  if (q.cube.orderCount) return "";
  return q.f.words(q.cube.grain === "line" ? "tiles.orders_missing" : "live.orders_ignored");
}

function marginNote(q) {
  const { f, now } = q;
  if (!q.cube.knows.cost) return f.words("tiles.margin_missing");
  if (now.margin === null) return now.lines ? f.words("live.margin_unknown") : "";
  if (now.revenueWithCost <= 0) return "";
  const part = f.share(now.margin / now.revenueWithCost);
  if (now.revenueWithCost === now.revenue || now.revenue <= 0) return f.words("tiles.margin_share", { share: part });
  return f.words("tiles.margin_covered", { share: part, covered: f.share(now.revenueWithCost / now.revenue) });
}

function returnsNote(q) {
  const { f, now } = q;
  if (!now.returns) return f.words("live.returns_none");
  const sold = now.revenue - now.returns;
  return sold > 0 ? f.words("tiles.returns_share", { share: f.share(-now.returns / sold) }) : "";
}

/* The last complete month of a longer selection, against the same month a year earlier. */
function lastMonth(q, tile) {
  const { f, cube, selection, info } = q;
  if (!wholeMonths(selection.from, selection.to)) return "";
  const end = Math.min(selection.to, info.complete);
  const start = monthStart(end);
  if (start <= selection.from) return "";
  if (!q.months) {
    const year = [moved(start, -12, false), moved(end, -12, true)];
    q.months = [
      cube.total(cube.between(q.rows, start, end)),
      year[0] < info.begin ? null : cube.total(cube.rows(...year, selection.filters)),
    ];
  }
  const [now, before] = q.months.map((one) => one && tile.of(one));
  if (now === null) return "";
  const month = capital(f.month(start));
  const relative = growth(now, before);
  const values = { month, value: tile.show(f, now) };
  return relative === null ? f.words("periods.last_month", values)
    : f.words("periods.last_month_change", { ...values, change: f.change(relative) });
}
