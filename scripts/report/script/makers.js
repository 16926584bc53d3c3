/* What each kind of live chart shows of a selection: rows with the fields of the chart's own (see
   charts/*.py, which has the same definitions for the whole shop), its table, key and sentence.
   More kinds are in lists.js, times.js and team.js.

   A maker gets the question `q` (cube, selection, formats `f`, the rows selected, those compared
   with, their totals) and the chart's options. A cell is a text or {text, value}: the value is what
   a CSV file gets. */

const amount = (value, f) => ({ text: f.money(value, true), value: value === null ? null : value / 1e4 });
const units = (value, f) => ({ text: f.quantity(value), value: value === null ? null : value / 1e4 });
const ratio = (value, f) => ({ text: f.share(value), value });
const share = (part, whole, f) => ratio(whole > 0 ? part / whole : null, f);
const change = (now, before, f) => {
  const value = growth(now, before);
  return { text: f.change(value), value };
};
const counted = (value, f) => ({ text: f.count(value), value });

/* The columns that a table of members may have: the cell of one set of figures. */
const CELLS = {
  name: (one) => one.name,
  category: (one) => one.category || "",
  revenue: (one, q) => amount(one.revenue, q.f),
  share: (one, q) => share(one.revenue, q.now.revenue, q.f),
  units: (one, q) => units(one.units, q.f),
  margin: (one, q) => amount(one.margin, q.f),
  margin_share: (one, q) =>
    one.margin === null ? ratio(null, q.f) : share(one.margin, one.revenueWithCost, q.f),
  discount: (one, q) => amount(one.discount, q.f),
  discount_share: (one, q) =>
    one.discount === null ? ratio(null, q.f) : share(one.discount, one.gross, q.f),
  before: (one, q) => amount(one.before, q.f),
  difference: (one, q) => amount(one.revenue - one.before, q.f),
  change: (one, q) => change(one.revenue, one.before, q.f),
  year_ago: (one, q) => amount(one.yearAgo, q.f),
  year_change: (one, q) => change(one.revenue, one.yearAgo, q.f),
  gross: (one, q) => amount(one.gross, q.f),
  lines: (one, q) => counted(one.lines, q.f),
  discounted_lines: (one, q) => counted(one.discountedLines, q.f),
  covered: (one, q) => share(one.revenueWithCost, one.revenue, q.f),
  rank: (one, q) => counted(one.revenueRank, q.f),
  units_rank: (one, q) => counted(one.unitsRank, q.f),
  customer_share: (one, q) => ratio(one.share, q.f),
  purchases: (one, q) => counted(one.purchases, q.f),
  employees: (one, q) => ({ text: q.f.quantity(one.employees * 1e4), value: one.employees }),
  per_employee: (one, q) => ({ text: q.f.money(one.perEmployee), value: one.perEmployee / 1e4 }),
  months: (one, q) => counted(one.months, q.f),
  last_purchase: (one, q) => (one.lastDay === null ? "–" : q.f.day(one.lastDay)),
};

/* The figures of every member of a dimension that was sold or is compared, best first. Several
   charts ask for the same: each gets objects of its own. */
function members(q, dimension) {
  if (!q.members[dimension]) q.members[dimension] = summed(q, dimension, q.rows, q.baseRows);
  return q.members[dimension].map((one) => ({ ...one }));
}

function summed(q, dimension, rows, baseRows) {
  const names = q.cube.names(dimension);
  const key = q.cube.keys[dimension];
  const now = q.cube.group(rows, key, names.length);
  const before = q.cube.group(baseRows, key, names.length);
  const found = names.map((name, number) => ({
    ...now[number],
    number,
    before: before[number].revenue,
    wasSold: before[number].lines > 0,
    isUnknown: name === "(unknown)",
    name: name === "(unknown)" ? q.f.words("unknown") : name,
    category: dimension === "product" ? shown(q, q.cube.categories[q.cube.products[number][1]]) : "",
  }));
  return found
    .filter((one) => one.lines || one.wasSold)
    .sort((one, other) => other.revenue - one.revenue || (one.name < other.name ? -1 : 1));
}

function shown(q, name) {
  return name === "(unknown)" ? q.f.words("unknown") : name;
}

/* Several sets of figures as one; what none of them knows stays unknown. */
function together(all) {
  const sum = (name) => {
    const known = all.map((one) => one[name]).filter((value) => value !== null && value !== undefined);
    return known.length ? known.reduce((one, other) => one + other, 0) : null;
  };
  const result = {};
  for (const name of ["units", "gross", "discount", "cost", "margin"]) result[name] = sum(name);
  for (const name of ["lines", "revenue", "revenueWithCost", "returns", "before"]) {
    result[name] = sum(name) || 0;
  }
  return result;
}

/* The dimension that a drill-down shows next: the level under the last one selected. */
function nextLevel(q) {
  const levels = q.cube.levels;
  const deepest = Math.max(-1, ...Object.keys(q.selection.place).map((one) => levels.indexOf(one)));
  return levels[Math.min(deepest + 1, levels.length - 1)];
}

function dimensionOf(q, options) {
  return options.by === "place" ? nextLevel(q) : options.by;
}

/* What a click on a member does, or null where it is selected already. */
function drillTo(q, dimension, number) {
  if (q.selection.filters[dimension] === number || dimension === "product") return null;
  return `${dimension}=${number}`;
}

function titleOf(q, options, dimension) {
  return options.by === "place" ? q.f.words(`${options.text}.title.${dimension}`) : null;
}

function rankingSentence(q, all) {
  const f = q.f;
  const sold = all.filter((one) => one.revenue > 0 && !one.isUnknown);
  if (!sold.length) return f.words("live.nothing");
  const [first, second] = sold;
  const part = (one) => f.share(q.now.revenue > 0 ? one.revenue / q.now.revenue : null);
  const values = { first: isolated(first.name), amount: f.money(first.revenue), share: part(first) };
  if (!second) return f.words("live.first_alone", values);
  return f.words("live.first_two", { ...values, second: isolated(second.name), second_share: part(second) });
}

/* A name inside a sentence: shortened, and kept from turning its direction. */
function isolated(name) {
  const short = name.length > 60 ? name.slice(0, 59).trimEnd() + "…" : name;
  return /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(short) ? `\u2068${short}\u2069` : short;
}

/* The number of a row's period. */
function periodOf(q, periods) {
  const { from, to } = q.selection;
  const numbers = new Uint16Array(Math.max(0, to - from + 1));
  periods.forEach(([first, last], number) => numbers.fill(number, first - from, last - from + 1));
  return (row) => numbers[q.cube.day[row] - from];
}

const MAKERS = {
  /* Revenue by period beside that of the days compared with. */
  periods(q, options) {
    const { f, cube, selection } = q;
    const periods = buckets(selection.from, selection.to, selection.grain);
    const key = periodOf(q, periods);
    const sums = cube.group(q.rows, key, periods.length);
    const orders = cube.orders(q.rows, key, periods.length);
    const bases = periods.map(([first, last]) => {
      if (!q.base || first > q.info.until) return null;
      const [from, to] = q.base.move(first, Math.min(last, q.info.until));
      if (from > to) return null;
      return cube.group(cube.between(q.baseRows, from, to), () => 0, 1)[0].revenue;
    });
    const most = Math.max(0, ...sums.map((one) => Math.abs(one.revenue)),
      ...bases.map((one) => Math.abs(one || 0)));
    const rows = [], body = [], labels = [];
    periods.forEach(([first, last], number) => {
      const one = sums[number], before = bases[number];
      const [name, label] = f.period(first, selection.grain);
      const isUnfinished = isRunning(q, first, last);
      const text = name + (isUnfinished ? ` (${f.words("charts.revenue_by_month.unfinished_label")})` : "");
      const isNarrower = first !== bucketStart(first, selection.grain) ||
        last !== bucketEnd(first, selection.grain);
      labels.push([label, first]);
      rows.push({
        month: label,
        revenue: one.revenue / 1e4,
        last_year: before === null ? null : before / 1e4,
        has_last_year: before !== null,
        is_unfinished: isUnfinished,
        is_tall: isUnfinished ? (one.revenue > 0.6 * most ? "tall" : "short") : "",
        month_text: text,
        revenue_text: f.money(one.revenue),
        last_year_text: f.money(before),
        change_text: f.change(growth(one.revenue, before)),
        drill: selection.grain === "day" || (isNarrower && periods.length === 1)
          ? null : `days=${first}:${last}`,
      });
      body.push([
        text, amount(one.revenue, f), amount(before, f), change(one.revenue, before, f),
        orders ? { text: f.count(orders[number]), value: orders[number] } : "–",
        units(one.units, f), amount(one.margin, f),
      ]);
    });
    const before = q.before ? q.before.revenue : null;
    const foot = [
      f.words("columns.total"), amount(q.now.revenue, f), amount(before, f),
      change(q.now.revenue, before, f),
      { text: f.count(q.now.orders), value: q.now.orders }, units(q.now.units, f), amount(q.now.margin, f),
    ];
    const sold = sums.map((one, number) => [one.revenue, number]).filter(([, number]) => !rows[number].is_unfinished);
    const best = Math.max(...sold.map(([revenue]) => revenue));
    const names = sold.filter(([revenue]) => revenue === best).map(([, number]) => rows[number].month_text);
    const sentence = best > 0 && sold.length > 1 && names.length < 4
      ? f.words("live.best_period", { names: f.together(names), amount: f.money(best) })
      : q.now.lines ? "" : f.words("live.nothing");
    const texts = "charts.revenue_by_month";
    const key_ = [{ label: f.words(`${texts}.revenue`), colour: q.info.blue, mark: "square" }];
    if (q.base) key_.push({ label: q.comparedShort, colour: q.info.pale, mark: "square" });
    if (rows.some((row) => row.is_unfinished)) {
      key_.push({ label: f.words(`${texts}.unfinished`), colour: q.info.blue, mark: "unfinished" });
    }
    return {
      rows, sentence, key: key_,
      title: f.words(`live.by_period.${selection.grain}`),
      first: f.words(`live.grains.${selection.grain}`),
      table: { body, foot },
      ticks: (most_) => ticks(labels, selection.grain, most_),
    };
  },

  /* Ranked bars of a dimension's members: the best, one for all others, the unknown one last. */
  ranking(q, options) {
    const { f } = q;
    const dimension = dimensionOf(q, options);
    const all = members(q, dimension).filter((one) => one.lines);
    const apart = options.unknown_last ? all.filter((one) => one.isUnknown) : [];
    const ranked = all.filter((one) => !apart.includes(one));
    const best = ranked.slice(0, options.limit);
    const rest = ranked.slice(options.limit);
    const groups = best.map((one) => ({ ...one, isRest: one.isUnknown }));
    const others = rest.length && {
      ...together(rest), isRest: true, number: null,
      name: f.words(options.rest, { count: f.count(rest.length) }, rest.length),
    };
    // a long tail would dwarf the bars that the chart is for; the table has it
    const drawsRest = others && (!options.largest_rest ||
      others.revenue <= options.largest_rest * Math.max(best[0].revenue, 0));
    const tail = apart.map((one) => ({ ...one, isRest: true }));
    const whole = q.now.revenue;
    const bars = [...groups, ...(drawsRest ? [others] : []), ...tail];
    const shares = options.bar_text === "share" && whole > 0;
    return {
      rows: bars.map((one) => ({
        name: one.name,
        amount: one.revenue / 1e4,
        is_rest: one.isRest,
        is_negative: one.revenue < 0,
        amount_text: f.money(one.revenue),
        share_text: f.share(whole > 0 ? one.revenue / whole : null),
        bar_text: shares ? f.share(one.revenue / whole) : f.money(one.revenue),
        drill: one.number === null ? null : drillTo(q, dimension, one.number),
      })),
      title: titleOf(q, options, dimension),
      sentence: rankingSentence(q, all),
      first: options.by === "place" ? capital(f.words(`levels.${dimension}`)) : null,
      table: {
        body: [...groups, ...(others ? [others] : []), ...tail].map((one) =>
          options.columns.map((column) => CELLS[column](one, q))),
        foot: options.columns.map((column) =>
          CELLS[column]({ ...q.now, before: q.before ? q.before.revenue : null,
            name: f.words("columns.total") }, q)),
      },
    };
  },

  /* What changed between the days selected and those compared with, the largest fall first. */
  changes(q, options) {
    const { f } = q;
    const dimension = dimensionOf(q, options);
    const title = titleOf(q, options, dimension);
    const first = options.by === "place" ? capital(f.words(`levels.${dimension}`)) : null;
    if (!q.base) {
      const reason = q.selection.compare === "none" ? "live.no_comparison" : "live.no_base";
      return { rows: [], title, first, sentence: f.words(reason), table: { body: [], foot: null } };
    }
    const all = members(q, dimension);
    const by = (one, other) => one.revenue - one.before - (other.revenue - other.before) ||
      (one.name < other.name ? -1 : 1);
    all.sort(by);
    const half = Math.floor(options.limit / 2);
    const shownAll = all.length <= options.limit;
    const best = shownAll ? all : [...all.slice(0, half), ...all.slice(-half)];
    const rest = shownAll ? [] : all.slice(half, -half);
    const others = rest.length && { ...together(rest), number: null, isRest: true,
      name: f.words(options.rest, { count: f.count(rest.length) }, rest.length) };
    const groups = [...best, ...(others ? [others] : [])];
    const worst = all[0], top = all[all.length - 1];
    const difference = (one) => one.revenue - one.before;
    const said = (one) => ({ name: isolated(one.name), amount: f.money(Math.abs(difference(one))),
      change: f.change(growth(one.revenue, one.before)) });
    const sentence = [];
    if (worst && difference(worst) < 0) sentence.push(f.words("live.fell_most", said(worst)));
    if (top && difference(top) > 0) sentence.push(f.words("live.rose_most", said(top)));
    return {
      rows: groups.map((one) => ({
        name: one.name,
        amount: difference(one) / 1e4,
        is_rest: Boolean(one.isRest),
        is_negative: difference(one) < 0,
        now_text: f.money(one.revenue),
        before_text: f.money(one.before),
        change_text: f.change(growth(one.revenue, one.before)),
        bar_text: barText(f, difference(one), growth(one.revenue, one.before)),
        drill: one.number === null ? null : drillTo(q, dimension, one.number),
      })),
      title,
      sentence: sentence.join(" ") || f.words("live.nothing_changed"),
      first,
      table: {
        body: groups.map((one) => options.columns.map((column) => CELLS[column](one, q))),
        foot: options.columns.map((column) => CELLS[column](
          { ...q.now, before: q.before.revenue, name: f.words("columns.total") }, q)),
      },
    };
  },

  /* One line for each of the best members of a dimension, by period. */
  lines(q, options) {
    const { f, cube, selection } = q;
    const all = members(q, options.by).filter((one) => one.lines && !one.isUnknown);
    const best = all.slice(0, options.limit);
    const periods = buckets(selection.from, selection.to, selection.grain);
    const period = periodOf(q, periods);
    const width = periods.length;
    const places = new Map(best.map((one, number) => [one.number, number]));
    const member = cube.keys[options.by];
    const own = q.rows.filter((row) => places.has(member(row)));
    const sums = cube.group(own, (row) => places.get(member(row)) * width + period(row),
      best.length * width);
    const labels = periods.map(([first]) => [...f.period(first, selection.grain), first]);
    const complete = periods.map(([first, last]) => !isRunning(q, first, last));
    const rows = [], ends = [];
    best.forEach((one, line) => {
      periods.forEach((_, number) => {
        const sum = sums[line * width + number].revenue;
        rows.push({
          month: labels[number][1], product: one.name, revenue: sum / 1e4,
          is_complete: complete[number], month_text: labels[number][0], revenue_text: f.money(sum),
        });
      });
      const last = complete.lastIndexOf(true);
      if (last >= 0) ends.push([rows[rows.length - 1], sums[line * width + last].revenue / 1e4]);
    });
    const values = rows.map((row) => row.revenue);
    const low = Math.min(0, ...values), high = Math.max(0, ...values) || 1;
    spread(ends, (19 * (high - low)) / 320, low, high);
    const isDrawn = complete.filter(Boolean).length > 1;
    const colours = best.map((_, number) => q.info.series[number]);
    const total = best.reduce((sum, one) => sum + one.revenue, 0);
    return {
      rows: isDrawn ? rows : [],
      colours: [best.map((one) => one.name), colours],
      key: best.map((one, number) => ({ label: one.name, colour: colours[number], mark: "line" })),
      title: f.words(`live.top_by_period.${selection.grain}`),
      sentence: !best.length ? f.words("live.nothing") : [
        q.now.revenue > 0 ? f.words("live.together", { count: f.count(best.length),
          share: f.share(total / q.now.revenue), first: isolated(best[0].name),
          amount: f.money(best[0].revenue) }, best.length) : "",
        isDrawn ? "" : f.words("live.no_line"),
      ].filter(Boolean).join(" "),
      head: [f.words(`live.grains.${selection.grain}`), ...best.map((one) => one.name)],
      table: {
        body: periods.map((_, number) => [labels[number][0],
          ...best.map((one, line) => amount(sums[line * width + number].revenue, f))]),
        foot: [f.words("columns.total"), ...best.map((one) => amount(one.revenue, f))],
      },
      ticks: (most) => ticks(labels.map(([, label, first]) => [label, first]), selection.grain, most),
    };
  },

  /* Stacked bars: each member of one dimension, by the best members of another. */
  stack(q, options) {
    const { f, cube } = q;
    const series = members(q, options.stack).filter((one) => one.lines && !one.isUnknown).slice(0, options.series);
    const bars = members(q, options.by).filter((one) => one.lines);
    const named = bars.filter((one) => !one.isUnknown);
    const best = named.slice(0, options.limit), others = named.slice(options.limit);
    const unknown = bars.filter((one) => one.isUnknown);
    const groups = best.map((one) => ({ name: one.name, numbers: [one.number], drill: drillTo(q, options.by, one.number) }));
    if (others.length) groups.push({ numbers: others.map((one) => one.number), drill: null,
      name: f.words(options.rest_bars, { count: f.count(others.length) }, others.length) });
    if (unknown.length) groups.push({ name: f.words("unknown"), numbers: unknown.map((one) => one.number), drill: null });
    const across = new Map(series.map((one, number) => [one.number, number]));
    const upright = new Map();
    groups.forEach((one, place) => one.numbers.forEach((number) => upright.set(number, place)));
    const width = series.length + 1;
    const outer = cube.keys[options.by], inner = cube.keys[options.stack];
    const sums = cube.group(q.rows, (row) => {
      const place = across.get(inner(row));
      return upright.get(outer(row)) * width + (place === undefined ? series.length : place);
    }, groups.length * width);
    const hasRest = groups.some((_, place) => sums[place * width + series.length].lines);
    const columns = [...series.map((one) => one.name), ...(hasRest ? [f.words(options.rest)] : [])];
    const colours = columns.map((_, number) => (number < series.length ? q.info.series[number] : q.info.rest));
    const rows = [], body = [];
    groups.forEach((group, place) => {
      const cells = columns.map((_, number) => sums[place * width + number].revenue);
      cells.forEach((sum, number) => rows.push({
        store: group.name, product: columns[number], place: number, revenue: sum / 1e4,
        revenue_text: f.money(sum), drill: group.drill,
      }));
      body.push([group.name, ...[...cells, cells.reduce((one, other) => one + other, 0)].map((sum) => amount(sum, f))]);
    });
    const totals = columns.map((_, number) =>
      groups.reduce((sum, __, place) => sum + sums[place * width + number].revenue, 0));
    return {
      rows, colours: [columns, colours],
      key: columns.map((label, number) => ({ label, colour: colours[number], mark: "square" })),
      sentence: rankingSentence(q, bars),
      head: [f.words("columns.store"), ...columns, f.words("columns.total")],
      table: { body, foot: [f.words("columns.total"), ...[...totals, q.now.revenue].map((sum) => amount(sum, f))] },
    };
  },
};

function barText(f, difference, relative) {
  const text = f.signedMoney(difference);
  return relative === null ? text : `${text}  (${f.change(relative)})`;
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/* The labels of an axis of time that fit: every one, else those that begin a larger period. */
function ticks(labels, grain, most) {
  const starts = {
    day: [() => true, (day) => (day + 3) % 7 === 0, (day) => parts(day).date === 1],
    month: [() => true],
    quarter: [() => true],
    year: [() => true],
  }[grain];
  const month = (step) => (day) => parts(day).date === 1 && (parts(day).month - 1) % step === 0;
  for (const isShown of [...starts, month(3), month(6), month(12)]) {
    const found = labels.filter(([, day]) => isShown(day)).map(([label]) => label);
    if (found.length && found.length <= most) return found;
  }
  const step = Math.ceil(labels.length / most);
  return labels.filter((_, number) => number % step === 0).map(([label]) => label);
}

/* Heights of the names at the ends of lines, pushed apart where they would overlap. */
function spread(ends, gap, low, high) {
  const order = [...ends].sort(([, one], [, other]) => one - other);
  let last = low - gap;
  const places = order.map(([, at]) => (last = Math.max(at, last + gap)));
  let ceiling = high;
  for (let number = order.length - 1; number >= 0; number--) {
    places[number] = Math.min(places[number], ceiling);
    ceiling = places[number] - gap;
    Object.assign(order[number][0], { label_at: places[number], has_label: true });
  }
}
