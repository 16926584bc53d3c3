/* Periods in a table, and the seasons of the days selected. */

const GRAIN_MONTHS = { month: 1, quarter: 3, year: 12 };

Object.assign(MAKERS, {
  /* Each of the latest periods against the one before it and a year earlier, as
     marts.revenue_growth has it: a period that is not over, that began before the files do, or of
     which only a part is selected is not compared. */
  growth(q, options) {
    const { f, cube, selection, info } = q;
    const grain = selection.grain === "day" ? "month" : selection.grain;
    const text = "charts.revenue_growth";
    const [begin, , today] = info.known;
    const revenues = new Map();
    // the revenue of the whole period that begins on a day; null where it is not complete
    const whole = (first) => {
      const last = bucketEnd(first, grain);
      if (first < monthStart(begin) || last > today) return null;
      if (!revenues.has(first)) revenues.set(first, cube.revenue(cube.rows(first, last, selection.filters)));
      return revenues.get(first);
    };
    const all = buckets(selection.from, selection.to, grain);
    const periods = all.slice(-options.limit).reverse().map(([first, last]) => {
      const isWhole = first === bucketStart(first, grain) && last === bucketEnd(first, grain);
      const revenue = isWhole ? whole(first) : null;
      const isComplete = revenue !== null;
      const [name] = f.period(first, grain);
      return {
        name: isComplete ? name : `${name} (${f.words(`${text}.incomplete`)})`, isComplete,
        revenue: isComplete ? revenue : cube.revenue(cube.between(q.rows, first, last)),
        before: isComplete ? whole(moved(first, -GRAIN_MONTHS[grain], false)) : null,
        yearAgo: isComplete ? whole(moved(first, -12, false)) : null,
      };
    });
    const latest = periods.find((one) => one.isComplete);
    let sentence = f.words(q.now.lines ? `live.growth_none.${grain}` : "live.nothing");
    if (latest && q.now.lines) {
      const changes = [[`on_${grain}`, latest.before], ...(grain === "year" ? [] : [["on_year_ago", latest.yearAgo]])]
        .map(([key, base]) => [key, growth(latest.revenue, base)])
        .filter(([, value]) => value !== null)
        .map(([key, value]) => f.words(`${text}.${key}`, { change: f.change(value) }));
      const values = { period: capital(latest.name), amount: f.money(latest.revenue), changes: f.together(changes) };
      sentence = f.words(changes.length ? "sentences.growth_compared" : "sentences.growth_alone", values);
    }
    const subtitle = [f.words(`${text}.subtitle`, { currency: info.currency })];
    if (all.length > periods.length) subtitle.push(f.words("live.latest", { count: f.count(periods.length) }));
    return {
      rows: [], sentence, title: f.words(`live.growth_by.${grain}`), subtitle: subtitle.join(" "),
      table: { body: periods.map((one) => options.columns.map((column) => CELLS[column](one, q))), foot: null },
    };
  },

  /* What discounts took off in each period. */
  discounts(q, options) {
    const { f, cube, selection } = q;
    const all = buckets(selection.from, selection.to, selection.grain);
    const sums = cube.group(q.rows, periodOf(q, all), all.length);
    const part = (one) => CELLS.discount_share(one, q);
    const labels = all.map(([first]) => [...f.period(first, selection.grain), first]);
    const unfinished = f.words("charts.revenue_by_month.unfinished_label");
    const periods = all.map(([first, last], number) => ({
      ...sums[number], discount: sums[number].discount || 0, gross: sums[number].gross || 0,
      name: labels[number][0] + (isRunning(q, first, last) ? ` (${unfinished})` : ""),
    }));
    const isGiven = periods.some((one) => one.discount);
    const most = periods.reduce((one, other) => (other.discount >= one.discount ? other : one));
    const total = { ...q.now, name: f.words("columns.total") };
    return {
      rows: !isGiven ? [] : periods.map((one, number) => ({
        month: labels[number][1], discount: one.discount / 1e4, month_text: one.name,
        discount_text: f.money(one.discount), share_text: part(one).text, bar_text: f.share(part(one).value, 0),
        is_few: all.length <= options.labelled.wide, is_very_few: all.length <= options.labelled.narrow,
        drill: selection.grain === "day" || all.length === 1 ? null : `days=${all[number].join(":")}`,
      })),
      first: f.words(`live.grains.${selection.grain}`),
      subtitle: f.words("live.subtitles.discounts", { currency: q.info.currency }),
      sentence: !isGiven ? noDiscount(q) : [
        f.words("sentences.discounts_total", { amount: f.money(total.discount), share: part(total).text }),
        all.length > 1 ? f.words("live.discounts_most", { period: most.name, amount: f.money(most.discount), share: part(most).text }) : "",
      ].filter(Boolean).join(" "),
      table: {
        body: periods.map((one) => options.columns.map((column) => CELLS[column](one, q))),
        foot: options.columns.map((column) => CELLS[column](total, q)),
      },
      ticks: (most_) => ticks(labels.map(([, label, first]) => [label, first]), selection.grain, most_),
    };
  },

  /* Revenue per day of each weekday, quarter and calendar month against an average day: weekdays of
     whole weeks, the others of whole years, so that each is seen equally often. */
  seasons(q, options) {
    const { f, cube, selection, info } = q;
    const text = "charts.seasonality";
    const [begin, end, today] = info.known;
    const from = Math.max(selection.from, begin), to = Math.min(selection.to, end, today);
    const weekday = (day) => (day + 3) % 7;
    const windows = { weekday: [from + ((7 - weekday(from)) % 7), to - ((weekday(to) + 1) % 7)] };
    // the months that are over and wholly selected, back from the last
    const firstMonth = Math.max(bucketEnd(selection.from - 1, "month") + 1, monthStart(begin));
    const last = Math.min(monthStart(selection.to + 1) - 1, info.complete === null ? -Infinity : info.complete);
    const months = last < firstMonth ? 0 : buckets(firstMonth, last, "month").length;
    if (months >= 12) {
      windows.quarter = [moved(last + 1, -12 * Math.floor(months / 12), false), last];
      windows.month = windows.quarter;
    }
    const kinds = {
      weekday: [7, weekday, (number) => f.weekdays[number]],
      quarter: [4, (day) => Math.floor((parts(day).month - 1) / 3), (number) => f.words("live.quarter", { number: number + 1 })],
      month: [12, (day) => parts(day).month - 1, (number) => f.months[number]],
    };
    const seasons = [], names = [], sentences = [], subtitle = [f.words(`${text}.subtitle`)];
    for (const [kind, [first, until]] of Object.entries(windows)) {
      if (first > until) continue;
      const [count, numberOf, nameOf] = kinds[kind];
      const own = Array.from({ length: count }, (_, number) => ({ kind, name: nameOf(number), revenue: 0, days: 0 }));
      for (let day = first; day <= until; day++) own[numberOf(day)].days++;
      for (const row of cube.between(q.rows, first, until)) own[numberOf(cube.day[row])].revenue += cube.amount.net[row];
      const revenue = own.reduce((sum, one) => sum + one.revenue, 0);
      if (revenue <= 0) continue;
      for (const one of own) {
        one.perDay = one.revenue / one.days;
        one.index = one.perDay / (revenue / (until - first + 1));
      }
      // a name of its own for the gap before each kind
      if (names.length) names.push(" ".repeat(names.length));
      names.push(...own.map((one) => one.name));
      seasons.push(...own);
      if (kind === "quarter") continue;
      const best = own.reduce((one, other) => (other.index > one.index ? other : one));
      const least = own.reduce((one, other) => (other.index < one.index ? other : one));
      sentences.push(f.words(`sentences.season_${kind}`, { best: best.name, worst: least.name,
        share: f.share(best.index, 0), least: f.share(least.index, 0) }));
      subtitle.push(f.words(`${text}.${kind}s`, { first: f.day(first), last: f.day(until) }));
    }
    if (!q.now.lines) sentences.push(f.words("live.nothing"));
    else if (!seasons.length) sentences.push(f.words(q.now.revenue > 0 ? "live.no_season" : "sentences.no_share"));
    else if (!windows.month) sentences.push(f.words("live.no_year"));
    return {
      rows: seasons.map((one) => ({ name: one.name, index: one.index, kind: one.kind,
        index_text: f.share(one.index, 0), daily_text: f.money(one.perDay) })),
      key: Object.entries(options.colours).filter(([kind]) => seasons.some((one) => one.kind === kind))
        .map(([kind, colour]) => ({ label: f.words(`${text}.${kind}`), colour, mark: "square" })),
      names, room: 1.12, subtitle: subtitle.join(" "), sentence: sentences.join(" "),
      table: {
        body: seasons.map((one) => [one.name, { text: f.share(one.index, 0), value: one.index },
          amount(one.perDay, f), amount(one.revenue, f), counted(one.days, f)]),
        foot: null,
      },
    };
  },
});

/* Whether a period of the bars is not over yet. */
function isRunning(q, first, last) {
  const { grain } = q.selection;
  return grain !== "day" && last > q.info.complete && bucketEnd(first, grain) > q.info.complete;
}
