/* The bar of filters: its choices, and the words for what is selected. */

class Bar {
  constructor(cube, info, f, change) {
    Object.assign(this, { cube, info, f, change });
    this.form = document.getElementById("filters");
    this.field = (name) => document.getElementById(`filter-${name}`);
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("change", (event) => this.changed(event.target));
    this.field("reset").addEventListener("click", () => change(info.initial));
    this.toggle = this.field("toggle");
    this.toggle.addEventListener("click", () => {
      const isOpen = this.form.classList.toggle("open");
      this.toggle.setAttribute("aria-expanded", String(isOpen));
    });
    this.fillChoices();
    this.form.hidden = false;
  }

  fillChoices() {
    const { cube, f, info } = this;
    this.periods = this.presets();
    const options = (name, pairs) => this.field(name).replaceChildren(
      ...pairs.map(([value, label]) => element("option", label, { value })));
    options("period", [...this.periods.map(([key, label]) => [key, label]), ["other", f.words("live.other_days")]]);
    options("grain", GRAINS.map((grain) => [grain, f.words(`live.by.${grain}`)]));
    options("compare", COMPARISONS.map((one) => [one, f.words(`live.compared.${one}`)]));
    for (const name of CHOICES) {
      const names = cube.names(name).map((label, number) => [String(number), shownName(f, label, name)]);
      names.sort(([, one], [, other]) => one.localeCompare(other, f.language));
      options(name, [["", f.words(`live.all.${name}`)], ...names]);
      this.field(name).closest(".field").hidden = names.length < 2;
    }
    this.places = this.placeChoices();
    options("place", [["", f.words("live.everywhere")], ...this.places.map(([key, label]) => [key, label])]);
    this.field("place").closest(".field").hidden = this.places.length < 2;
    const { begin, until } = info;
    for (const name of ["from", "to"]) {
      this.field(name).min = iso(begin);
      this.field(name).max = iso(Math.max(until, bucketEnd(until, "month")));
    }
  }

  /* Ranges to pick: [key, label, from, to]. */
  presets() {
    const { f, info } = this;
    const first = info.begin, last = bucketEnd(info.until, "month");
    const found = [];
    const add = (key, label, from, to) => {
      if (from >= first && from <= to && !found.some((one) => one[2] === from && one[3] === to)) {
        found.push([key, label, from, to]);
      }
    };
    const { complete } = info;
    if (complete !== null) add("last_12", f.words("live.last_12"), moved(complete + 1, -12, false), complete);
    if (complete !== null) add("last_3", f.words("live.last_3"), moved(complete + 1, -3, false), complete);
    if (complete !== null) add("last_1", f.month(complete).replace(/^./, (one) => one.toUpperCase()), monthStart(complete), complete);
    for (let year = parts(info.until).year, count = 0; year >= parts(first).year && count < 12; year--, count++) {
      add(`y${year}`, String(year), Math.max(first, ordinal(year, 1, 1)), Math.min(last, ordinal(year, 12, 31)));
    }
    add("all", f.words("live.all_days"), first, last);
    return found;
  }

  /* Every place to pick, under the one that holds it: [key, label, path]. */
  placeChoices() {
    const { cube, f } = this;
    const paths = new Map();
    const spots = [...cube.spots].sort((one, other) => {
      for (let depth = 0; depth < one.length; depth++) {
        const names = [one, other].map((spot) => cube.places[cube.levels[depth]][spot[depth]]);
        if (names[0] !== names[1]) return names[0].localeCompare(names[1], f.language);
      }
      return 0;
    });
    const deepest = spots.length > 500 ? 1 : cube.levels.length;
    for (const spot of spots) {
      for (let depth = 0; depth < deepest; depth++) {
        const key = spot.slice(0, depth + 1).join(".");
        if (paths.has(key)) continue;
        const label = shownName(f, cube.places[cube.levels[depth]][spot[depth]]);
        const path = Object.fromEntries(cube.levels.slice(0, depth + 1).map((level, place) => [level, spot[place]]));
        paths.set(key, ["\u00a0\u00a0\u00a0".repeat(depth) + label, path]);
      }
    }
    return Array.from(paths, ([key, [label, path]]) => [key, label, path]);
  }

  changed(field) {
    const now = this.current;
    const value = field.value;
    const name = field.id.replace("filter-", "");
    if (name === "period") {
      const found = this.periods.find(([key]) => key === value);
      if (found) this.change(now.with({ from: found[2], to: found[3] }));
      else {
        this.form.classList.add("other-days");
        this.field("from").focus();
      }
    } else if (name === "from" || name === "to") {
      const day = fromIso(value);
      if (day === null) return;
      const other = name === "from" ? Math.max(day, now.to) : Math.min(day, now.from);
      this.change(now.with(name === "from" ? { from: day, to: other } : { from: other, to: day }));
    } else if (name === "place") {
      const found = this.places.find(([key]) => key === value);
      this.change(now.with({ place: found ? { ...found[2] } : {} }));
    } else if (CHOICES.includes(name)) {
      this.change(now.with({ [name]: value === "" ? null : Number(value) }));
    } else this.change(now.with({ [name]: value }));
  }

  /* Show what is selected. */
  show(q) {
    const { selection } = q;
    this.current = selection;
    const found = this.periods.find((one) => one[2] === selection.from && one[3] === selection.to);
    this.field("period").value = found ? found[0] : "other";
    this.form.classList.toggle("other-days", !found);
    this.field("from").value = iso(selection.from);
    this.field("to").value = iso(selection.to);
    this.field("grain").value = selection.grain;
    for (const option of this.field("grain").options) {
      option.disabled = buckets(selection.from, selection.to, option.value).length > MOST_PERIODS;
    }
    this.field("compare").value = selection.compare;
    for (const name of CHOICES) this.field(name).value = selection[name] === null ? "" : String(selection[name]);
    this.showPlace(selection.place);
    this.form.querySelectorAll(".field").forEach((one) => {
      const select = one.querySelector("select");
      const isSet = select && ["place", ...CHOICES].includes(select.id.replace("filter-", "")) && select.value !== "";
      one.classList.toggle("set", Boolean(isSet));
    });
    const isInitial = selection.hash(this.cube, this.info.initial) === "";
    this.field("reset").hidden = isInitial;
    this.toggle.querySelector("span").textContent = q.inForce;
  }

  showPlace(place) {
    const field = this.field("place");
    const wanted = JSON.stringify(Object.entries(place).sort());
    const found = this.places.find(([, , path]) => JSON.stringify(Object.entries(path).sort()) === wanted);
    field.querySelectorAll("[data-extra]").forEach((one) => one.remove());
    if (found || !Object.keys(place).length) field.value = found ? found[0] : "";
    else {
      // a place that the list has not, under others or below the levels it shows
      const option = element("option", placeNames(this.cube, this.f, place).join(" › "), { value: "extra" });
      option.dataset.extra = "";
      field.append(option);
      field.value = "extra";
    }
  }
}

/* A member's name as it is shown; the words for RFM segments are the report's own. */
function shownName(f, name, dimension) {
  if (dimension === "rfm" && f.texts[`segments.${name}`]) return f.texts[`segments.${name}`];
  return name === "(unknown)" ? f.words("unknown") : name;
}

function placeNames(cube, f, place) {
  return cube.levels.filter((level) => level in place).map((level) => shownName(f, cube.places[level][place[level]]));
}

/* Days in words: whole months as months. */
function daysText(f, from, to) {
  if (from === to) return f.day(from);
  if (!wholeMonths(from, to)) return f.words("live.from_to", { from: f.day(from), to: f.day(to) });
  if (monthStart(from) === monthStart(to)) return capital(f.month(from));
  const first = parts(from), last = parts(to);
  if (first.month === 1 && last.month === 12) {
    return first.year === last.year ? String(first.year) : `${first.year}–${last.year}`;
  }
  return f.words("live.from_to", { from: capital(f.month(from)), to: f.month(to) });
}

/* What is selected, in words: the days, then each filter. */
function describe(q) {
  const { cube, f, selection, info } = q;
  const filters = placeNames(cube, f, selection.place);
  const texts = [daysText(f, selection.from, selection.to)];
  if (filters.length) texts.push(filters.join(" › "));
  for (const name of CHOICES) {
    if (selection[name] !== null) texts.push(shownName(f, cube.names(name)[selection[name]], name));
  }
  if (texts.length === 1) texts.push(f.words("live.whole_shop"));
  q.inForce = texts.join(" · ");
  q.compared = q.base ? f.words("live.compared_with", { days: daysText(f, q.base.from, q.base.to) })
    : f.words(selection.compare === "none" ? "live.not_compared" : "periods.no_base");
  q.comparedShort = q.base ? daysText(f, q.base.from, q.base.to) : "";
  q.isClamped = selection.to > info.until;
}
