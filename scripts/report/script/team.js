/* Employees against revenue: a dot for each store, and the line of least squares. */

Object.assign(MAKERS, {
  /* A store's head count is that of its last month among those selected in which it was open. */
  dots(q, options) {
    const { f, cube, selection } = q;
    const text = "charts.employees_and_sales";
    const levelOf = (name) => cube.levels.indexOf(name);
    const place = Object.entries(selection.place);
    const there = new Set(cube.spots.filter((spot) => place.every(([name, member]) => spot[levelOf(name)] === member))
      .map((spot) => spot[levelOf("store")]));
    const sums = cube.group(q.rows, cube.keys.store, cube.places.store.length);
    const first = monthStart(selection.from), last = monthStart(selection.to);
    const all = cube.teams.filter(([store]) => !place.length || there.has(store)).map(([store, name, runs]) => {
      const open = runs.filter(([from, to]) => from <= last && to >= first);
      const months = open.map(([from, to]) => buckets(Math.max(from, first), Math.min(to, last), "month").length);
      return {
        name, months: months.reduce((sum, one) => sum + one, 0),
        employees: open.length ? open[open.length - 1][2] : null,
        revenue: store < 0 ? 0 : sums[store].revenue,
      };
    });
    const staffed = all.filter((one) => one.employees !== null);
    const team = staffed.filter((one) => one.employees)
      .sort((one, other) => other.revenue - one.revenue || (one.name < other.name ? -1 : 1));
    if (!team.length) return { rows: [], sentence: f.words("live.no_team"), table: { body: [], foot: null } };
    for (const one of team) one.perEmployee = one.revenue / one.employees;
    const line = leastSquares(staffed.map((one) => [one.employees, one.revenue / 1e4]));
    const people = team.map((one) => one.employees);
    const left = Math.min(...people), right = Math.max(...people);
    const margin = Math.max((right - left) * 0.08, 0.5);
    const dots = team.map((one) => ({
      store: one.name, employees: one.employees, revenue: one.revenue / 1e4, is_dot: true,
      employees_text: CELLS.employees(one, q).text, revenue_text: f.money(one.revenue),
      per_employee_text: f.money(one.perEmployee),
    }));
    const ends = !line ? [] : [left, right].map((at) =>
      ({ employees: at, revenue: line.intercept + line.slope * at, is_line: true }));
    const reach = [...dots, ...ends].map((one) => one.revenue);
    const low = Math.min(0, ...reach), high = Math.max(0, ...reach) || 1;
    const domain = { x: [Math.max(0, left - margin), right + margin], y: [low, high * 1.05] };
    placeLabels(dots, ends, domain, options);
    const fit = line && f.words(`${text}.fit`, { count: f.count(line.count), fit: f.digits(Math.round(line.fit * 1000), 3) });
    return {
      rows: [...dots, ...ends], domain,
      key: line ? [{ label: `${f.words(`${text}.line`)}, ${fit}`, colour: options.ink, mark: "dash" }] : [],
      subtitle: f.words("live.subtitles.team", { currency: q.info.currency }),
      sentence: teamSentence(q, team, line),
      table: { body: team.map((one) => options.columns.map((column) => CELLS[column](one, q))), foot: null },
    };
  },
});

/* The line through points [x, y]; null through two points, or through one x, which says nothing. */
function leastSquares(points) {
  const count = points.length;
  const mean = (place) => points.reduce((sum, one) => sum + one[place], 0) / count;
  const [x, y] = [mean(0), mean(1)];
  const sum = (of) => points.reduce((all, one) => all + of(one[0] - x, one[1] - y), 0);
  const xx = sum((one) => one * one), yy = sum((_, one) => one * one), xy = sum((one, other) => one * other);
  if (count < 3 || !xx) return null;
  return { count, slope: xy / xx, intercept: y - (xy / xx) * x, fit: yy ? (xy * xy) / (xx * yy) : 1 };
}

function teamSentence(q, team, line) {
  const { f } = q;
  const sentences = [!line ? f.words("sentences.team_no_fit")
    : f.words(line.slope >= 0 ? "sentences.team_fit" : "sentences.team_fit_less", { count: f.count(line.count),
      slope: f.money(Math.abs(line.slope) * 1e4), fit: f.share(line.fit) })];
  const longest = Math.max(...team.map((one) => one.months));
  const whole = team.filter((one) => one.months === longest).sort((one, other) => other.perEmployee - one.perEmployee);
  const first = whole[0], last = whole[whole.length - 1];
  const values = { name: isolated(first.name), amount: f.money(first.perEmployee),
    last: isolated(last.name), last_amount: f.money(last.perEmployee) };
  sentences.push(f.words(whole.length === 1 ? "sentences.team_one" : "sentences.team_best", values));
  const part = team.filter((one) => one.months < longest);
  if (part.length) {
    sentences.push(f.words("sentences.team_part", { count: f.count(part.length),
      names: f.together(part.slice(0, 3).map((one) => isolated(one.name))) }, part.length));
  }
  return sentences.join(" ");
}

/* Give each dot the side where its name overlaps no dot, name or line, or no name, as
   `_place_labels` of charts/stores.py does. */
function placeLabels(rows, ends, domain, { width, height, limit }) {
  const at = (row) => [
    ((row.employees - domain.x[0]) / (domain.x[1] - domain.x[0] || 1)) * width,
    (1 - (row.revenue - domain.y[0]) / (domain.y[1] - domain.y[0] || 1)) * height,
  ];
  const around = ([x, y], half, tall) => [x - half, y - tall, x + half, y + tall];
  const taken = rows.map((row) => around(at(row), 7, 7));
  if (ends.length) {
    const [[x0, y0], [x1, y1]] = ends.map(at);
    for (let step = 0; step <= 100; step++) {
      taken.push(around([x0 + ((x1 - x0) * step) / 100, y0 + ((y1 - y0) * step) / 100], 4, 2));
    }
  }
  const overlaps = (one, other) => one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
  rows.forEach((row, number) => {
    const [x, y] = at(row);
    const long = Math.min(row.store.length * 7, limit);
    const boxes = {
      right: [x + 9, y - 8, x + 10 + long, y + 8],
      left: [x - 10 - long, y - 8, x - 9, y + 8],
      right_below: [x + 6, y + 6, x + 7 + long, y + 22],
      left_above: [x - 7 - long, y - 22, x - 6, y - 6],
      above: [x - long / 2, y - 26, x + long / 2, y - 8],
      below: [x - long / 2, y + 8, x + long / 2, y + 26],
    };
    const found = Object.entries(boxes).find(([, box]) => box[0] >= -10 && box[2] <= width + 10 && box[1] >= 0 &&
      box[1] < height - 14 && !taken.some((other, place) => place !== number && overlaps(box, other)));
    row.label_side = found ? found[0] : "none";
    if (found) taken.push(found[1]);
  });
}
