/* What is selected: days, grain, place, category, segment and what it is compared with; how it
   stands in the page's address; and which days it is compared with. */

const GRAINS = ["day", "month", "quarter", "year"];
const COMPARISONS = ["year", "previous", "none"];
// dimensions of which one member can be chosen, besides places
const CHOICES = ["category", "segment", "rfm"];
const MOST_PERIODS = 400;

class Selection {
  constructor(values) {
    Object.assign(this, values);
  }

  with(changes) {
    return new Selection({ ...this, ...changes });
  }

  /* The filters by dimension and member number, as the cube takes them. */
  get filters() {
    const filters = { ...this.place };
    for (const name of CHOICES) if (this[name] !== null) filters[name] = this[name];
    return filters;
  }

  /* The part of the address after "#": what differs from `initial`, by names that last. */
  hash(cube, initial) {
    const said = new URLSearchParams();
    for (const name of ["from", "to"]) {
      if (this.from !== initial.from || this.to !== initial.to) said.set(name, iso(this[name]));
    }
    for (const [name, member] of Object.entries(this.filters)) {
      said.set(name, cube.names(name)[member]);
    }
    for (const name of ["grain", "compare"]) {
      if (this[name] !== initial[name]) said.set(name, this[name]);
    }
    return said.toString();
  }

  /* The selection of an address; what it says wrongly or nothing of is as in `initial`. */
  static parse(hash, cube, initial) {
    const said = new URLSearchParams(hash.replace(/^#/, ""));
    const from = fromIso(said.get("from")), to = fromIso(said.get("to"));
    const changes = { place: {}, category: null, segment: null, rfm: null };
    if (from !== null && to !== null && from <= to) Object.assign(changes, { from, to });
    if (GRAINS.includes(said.get("grain"))) changes.grain = said.get("grain");
    if (COMPARISONS.includes(said.get("compare"))) changes.compare = said.get("compare");
    const member = (name) => {
      const number = said.has(name) ? cube.names(name).indexOf(said.get(name)) : -1;
      return number < 0 ? null : number;
    };
    for (const name of CHOICES) changes[name] = member(name);
    // two cities may have one name: the first place that fits all that is said
    const names = cube.levels.filter((level) => said.has(level));
    const spot = cube.spots.find((one) => names.every(
      (level) => cube.places[level][one[cube.levels.indexOf(level)]] === said.get(level)));
    if (spot) for (const level of names) changes.place[level] = spot[cube.levels.indexOf(level)];
    return initial.with(changes).fitted();
  }

  /* With a grain that gives no more bars than can be drawn. */
  fitted() {
    let grain = this.grain;
    while (grain !== "year" && buckets(this.from, this.to, grain).length > MOST_PERIODS) {
      grain = GRAINS[GRAINS.indexOf(grain) + 1];
    }
    return grain === this.grain ? this : this.with({ grain });
  }
}

function bucketStart(day, grain) {
  const { year, month } = parts(day);
  if (grain === "day") return day;
  if (grain === "month") return ordinal(year, month, 1);
  if (grain === "quarter") return ordinal(year, month - ((month - 1) % 3), 1);
  return ordinal(year, 1, 1);
}

function bucketEnd(day, grain) {
  const { year, month } = parts(day);
  if (grain === "day") return day;
  if (grain === "month") return ordinal(year, month + 1, 1) - 1;
  if (grain === "quarter") return ordinal(year, month - ((month - 1) % 3) + 3, 1) - 1;
  return ordinal(year, 12, 31);
}

/* The periods of a grain from day to day: [first, last] each, cut to the days selected. */
function buckets(from, to, grain) {
  const found = [];
  for (let day = from; day <= to; ) {
    const end = Math.min(bucketEnd(day, grain), to);
    found.push([day, end]);
    day = end + 1;
  }
  return found;
}

function wholeMonths(from, to) {
  return from === monthStart(from) && to === monthEnd(to);
}

/* `day` moved by months, as the first or the last day of a range. A day that the other month lacks
   moves to its end, so that a range of such days alone is empty and none counts twice. */
function moved(day, months, isLast) {
  const { year, month, date } = parts(day);
  const first = ordinal(year, month + months, 1);
  const last = monthEnd(first);
  if (isLast) return day === monthEnd(day) ? last : Math.min(first + date - 1, last);
  return Math.min(first + date - 1, last + 1);
}

/* How days are moved to those they are compared with: by months where whole months or a year are,
   else by days. Null where nothing is compared. */
function shift(selection, until) {
  const from = selection.from, to = Math.min(selection.to, until);
  if (selection.compare === "none" || from > to) return null;
  let months = 0;
  if (selection.compare === "year") months = -12;
  else if (wholeMonths(from, to)) {
    const first = parts(from), last = parts(to);
    months = -((last.year - first.year) * 12 + last.month - first.month + 1);
  }
  const length = to - from + 1;
  return (first, last) => months
    ? [moved(first, months, false), moved(last, months, true)]
    : [first - length, last - length];
}

/* The days compared with, or null: nothing is asked for, or the files do not reach back that far. */
function base(selection, info) {
  const move = shift(selection, info.until);
  if (!move) return null;
  const [from, to] = move(selection.from, Math.min(selection.to, info.until));
  return from < info.begin || from > to ? null : { from, to, move };
}
