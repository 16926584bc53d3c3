/* Lists of the members of a dimension, with bars or without, and the curve of Pareto. Ranks are
   those of SQL's rank(): who is equal shares one. */

/* `all` ordered by a figure, the largest first and unknown last, with the rank of each under
   `name`; what is unknown has none. */
function ranked(all, figure, name) {
  const sorted = [...all].sort((one, other) => orderOf(figure(one), figure(other)) ||
    one.revenueRank - other.revenueRank || (one.name < other.name ? -1 : 1));
  sorted.forEach((one, place) => {
    const before = sorted[place - 1];
    one[name] = figure(one) === null ? null
      : before && figure(before) === figure(one) ? before[name] : place + 1;
  });
  return sorted;
}

/* Which of two figures comes first: the larger one, and none last. */
function orderOf(one, other) {
  if (one === null || other === null) return (one === null) - (other === null);
  return other - one;
}

/* A part of a whole as the warehouse divides: nothing of nothing is unknown. */
function ratioOf(part, whole) {
  return whole === 0 ? null : part / whole;
}

/* What each list shows: its members in order, the bars among them, and its sentence. */
const PICKS = {
  /* The best by units and the best by revenue. */
  best(q, options) {
    const { f } = q;
    const all = ranked(members(q, "product").filter((one) => one.lines), (one) => one.revenue, "revenueRank");
    const listed = ranked(all, (one) => one.units, "unitsRank").filter(
      (one) => (one.unitsRank !== null && one.unitsRank <= options.limit) || one.revenueRank <= options.limit);
    const first = listed.find((one) => one.unitsRank === 1);
    if (!first) return { listed: [], sentence: f.words(all.length ? "gaps.no_quantity" : "live.nothing") };
    const other = all[0];
    const values = { name: isolated(first.name), other: isolated(other.name),
      units: f.quantity(first.units), amount: f.money(other.revenue) };
    const sentences = [f.words(first === other ? "sentences.best_both" : "sentences.best_each", values)];
    const both = listed.filter((one) => one.unitsRank !== null && Math.max(one.unitsRank, one.revenueRank) <= options.limit).length;
    if (listed.length > options.limit) {
      sentences.push(f.words("sentences.best_shared", { count: f.count(both), all: f.count(options.limit) }, both));
    }
    return { listed, count: options.limit, sentence: sentences.join(" ") };
  },

  /* The products with the most discount. */
  discounted(q, options) {
    const { f } = q;
    const listed = ranked(members(q, "product").filter((one) => one.discount > 0), (one) => one.discount, "discountRank")
      .slice(0, options.limit);
    const [first] = listed;
    return { listed, sentence: first ? f.words("sentences.discounted_first", { name: isolated(first.name),
      amount: f.money(first.discount), share: CELLS.discount_share(first, q).text }) : noDiscount(q) };
  },

  /* The categories by margin share; of many, the bars are the best and the worst. */
  margin(q, options) {
    const { f, now } = q;
    const all = members(q, options.by).filter((one) => one.lines);
    for (const one of all) one.marginShare = one.revenueWithCost > 0 ? one.margin / one.revenueWithCost : null;
    const listed = all.sort((one, other) => orderOf(one.marginShare, other.marginShare));
    const known = listed.filter((one) => one.marginShare !== null);
    if (!known.length) {
      return { listed, bars: [], sentence: f.words(!all.length ? "live.nothing"
        : now.cost === null ? "live.margin_unknown" : "sentences.no_share") };
    }
    const best = Math.floor(options.limit / 2) + 1;
    const bars = known.length <= options.limit ? known : [...known.slice(0, best), ...known.slice(best - options.limit)];
    const first = known[0], last = known[known.length - 1];
    const values = { name: isolated(first.name), share: f.share(first.marginShare), amount: f.money(first.margin) };
    const isSame = f.share(last.marginShare) === values.share;
    const sentences = [known.length === 1 ? f.words("sentences.margin_one", values)
      : isSame ? f.words("sentences.margin_same", values)
        : f.words("sentences.margin_range", { ...values, last: isolated(last.name),
          last_share: f.share(last.marginShare), last_amount: f.money(last.margin) })];
    if (now.revenueWithCost !== now.revenue) {
      sentences.push(f.words("gaps.some_cost", { share: share(now.revenueWithCost, now.revenue, f).text }));
    }
    return {
      listed, sentence: sentences.join(" "),
      bars: bars.map((one) => ({
        name: one.name,
        amount: one.marginShare,
        bar_text: `${f.share(one.marginShare)}  (${f.money(one.margin)})`,
        share_text: f.share(one.marginShare),
        margin_text: f.money(one.margin),
        covered_text: share(one.revenueWithCost, one.revenue, f).text,
        drill: drillTo(q, options.by, one.number),
      })),
    };
  },

  /* The customers with the most revenue; who is anonymous is no customer. */
  customers(q, options) {
    const { f, cube } = q;
    const rows = q.rows.filter((row) => cube.customer[row] >= 0);
    const whole = cube.revenue(rows);
    const listed = ranked(summed(q, "customer", rows, []), (one) => one.revenue, "revenueRank").slice(0, options.limit);
    const bought = purchases(cube, rows, new Set(listed.map((one) => one.number)));
    for (const one of listed) Object.assign(one, { share: ratioOf(one.revenue, whole) }, bought.get(one.number));
    if (!listed.length) return { listed, bars: [], sentence: f.words(q.now.lines ? "live.no_customer" : "live.nothing") };
    const bars = listed.slice(0, options.bars);
    const values = { name: isolated(listed[0].name), amount: f.money(listed[0].revenue), count: f.count(bars.length) };
    return {
      listed,
      sentence: bars.length === 1 || !whole ? f.words("sentences.top_amounts", values)
        : f.words("sentences.customers_top", { ...values, share: f.share(bars.reduce((sum, one) => sum + one.share, 0)) }),
      bars: bars.map((one) => ({
        name: one.name,
        amount: one.revenue / 1e4,
        bar_text: f.money(one.revenue),
        share_text: f.share(one.share),
        last_text: CELLS.last_purchase(one, q),
      })),
    };
  },
};

/* How often each of some customers bought in `rows`, and the last day; returns alone are no
   purchase. Without a number, what one buys in a day is one order. */
function purchases(cube, rows, wanted) {
  const found = new Map(Array.from(wanted, (number) => [number, { orders: new Set(), lastDay: null }]));
  for (const row of rows) {
    const one = found.get(cube.customer[row]);
    if (!one || cube.known.returns[row]) continue;
    one.orders.add(cube.order[row] >= 0 ? cube.order[row] : -1 - cube.day[row]);
    one.lastDay = cube.day[row];
  }
  for (const one of found.values()) one.purchases = one.orders.size;
  return found;
}

/* Why there is no discount to show. */
function noDiscount(q) {
  return q.f.words(q.now.lines ? "live.no_discount" : "live.nothing");
}

Object.assign(MAKERS, {
  /* Members in a table, some of them as bars. */
  list(q, options) {
    const { f } = q;
    const made = PICKS[options.pick](q, options);
    const bars = made.bars || [];
    const count = f.count(made.count || bars.length || made.listed.length);
    return {
      rows: bars.map((bar) => ({ is_marked: false, ...bar })),
      room: options.room,
      sentence: made.sentence,
      subtitle: made.listed.length ? f.words(options.subtitle, { currency: q.info.currency, count }) : "",
      table: {
        body: made.listed.map((one) => options.columns.map((column) => CELLS[column](one, q))),
        foot: null,
      },
    };
  },

  /* The share of revenue that the best products make, one step for each, and their classes: before
     an A stands less than 80 % of revenue, before a B less than 95 %. */
  steps(q, options) {
    const { f, cube, selection } = q;
    const text = "charts.pareto_curve", total = q.now.revenue;
    const all = ranked(members(q, "product").filter((one) => one.lines), (one) => one.revenue, "revenueRank");
    for (let start = 0, end = 0, before = 0; start < all.length; start = end) {
      let after = before;
      // who shares a rank stands on one step
      while (end < all.length && all[end].revenueRank === all[start].revenueRank) after += all[end++].revenue;
      // in whole amounts, because a share of 80 % is no exact double
      const below = (percent) => BigInt(before) * 100n < BigInt(total) * percent;
      for (const one of all.slice(start, end)) {
        Object.assign(one, { reached: after, abc: below(80n) ? "A" : below(95n) ? "B" : "C" });
      }
      before = after;
    }
    const sold = new Set(all.map((one) => one.number));
    const isIn = (category) => selection.category === null || selection.category === category;
    const unsold = cube.products.filter(([name, category], number) =>
      !sold.has(number) && name !== "(unknown)" && isIn(category)).length +
      cube.unsold.reduce((sum, [category, count]) => sum + (isIn(category) ? count : 0), 0);
    const classes = ["A", "B", "C"].map((name) => [name, all.filter((one) => one.abc === name)])
      .filter(([, products]) => products.length);
    const cells = (name, count, revenue, part) => [name,
      f.words(name === "U" ? "live.unsold" : `${text}.classes.${name}`), counted(count, f), amount(revenue, f), ratio(part, f)];
    const body = classes.map(([name, products]) => {
      const sum = products.reduce((one, other) => one + other.revenue, 0);
      return cells(name, products.length, sum, ratioOf(sum, total));
    });
    if (unsold && all.length) body.push(cells("U", unsold, 0, null));
    const made = {
      rows: [], sentence: f.words(all.length ? "sentences.no_share" : "live.nothing"), table: { body, foot: null },
      subtitle: f.words(`${text}.subtitle`, { first: f.day(selection.from), last: f.day(selection.to) }),
    };
    if (total <= 0) return made;

    const top = Math.ceil(all.length / 5);
    const part = all.slice(0, top).reduce((sum, one) => sum + one.revenue, 0);
    const sentences = [
      f.words("sentences.pareto_top", { count: f.count(top), all: f.count(all.length), share: f.share(part / total),
        amount: f.money(part) }, top),
      f.words("sentences.pareto_class", { count: f.count(classes[0][1].length) }, classes[0][1].length),
    ];
    if (unsold) sentences.push(f.words("live.unsold_count", { count: f.count(unsold) }, unsold));
    const stride = Math.ceil(all.length / options.points);
    let begin = 0;
    all.forEach((one, place) => {
      const isLast = place + 1 === all.length || all[place + 1].abc !== one.abc;
      if ((place + 1) % stride && !isLast) return;
      made.rows.push({
        from: begin, to: place + 1, share: one.reached / total, class: one.abc, name: one.name,
        rank_text: f.count(one.revenueRank), amount_text: f.money(one.revenue), share_text: f.share(one.reached / total),
      });
      begin = place + 1;
    });
    // the line at the best fifth and its words, which one row carries
    Object.assign(made.rows[0], { is_mark: true, at: top,
      label: f.words(`${text}.mark`, { count: f.count(top), share: f.share(part / total, 0) }, top) });
    made.key = classes.map(([name]) => ({ colour: options.classes[name], mark: "square",
      label: f.words(`${text}.class`, { name, meaning: f.words(`${text}.classes.${name}`) }) }));
    return { ...made, sentence: sentences.join(" ") };
  },
});
