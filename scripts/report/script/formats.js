/* Amounts, counts, shares and days as formats.py writes them, from the pieces that it gives. */

class Formats {
  constructor(pieces, words, language) {
    Object.assign(this, pieces);
    this.texts = words;
    this.plural = new Intl.PluralRules(language);
    this.language = language;
  }

  /* The text of a key with its placeholders filled; `number` picks among its plural forms. */
  words(key, values, number) {
    if (number !== undefined) {
      const form = `${key}.${this.plural.select(Math.abs(number))}`;
      key = form in this.texts ? form : `${key}.other`;
    }
    const text = this.texts[key];
    if (text === undefined) throw new Error(`no words for ${key}`);
    const filled = text.replace(/\{(\w+)\}/g, (whole, name) => (values || {})[name]);
    return this.language === "fr" ? filled.replace(/\bde (?=(?:avril|août|octobre) \d)/g, "d’") : filled;
  }

  /* Digits of a number that is not negative: `units` counts steps of 10^-digits. */
  digits(units, digits) {
    const text = String(units).padStart(digits + 1, "0");
    let whole = digits ? text.slice(0, -digits) : text;
    const parts = [];
    const [first, rest] = this.grouping;
    for (let size = first; whole.length > size; size = rest) {
      parts.unshift(whole.slice(-size));
      whole = whole.slice(0, -size);
    }
    parts.unshift(whole);
    return parts.join(this.group) + (digits ? this.decimal + text.slice(-digits) : "");
  }

  /* An amount (ten thousand times itself) in steps of 10^-digits, half away from zero. */
  steps(amount, digits) {
    const size = 10 ** (4 - digits);
    return Math.floor((Math.abs(amount) + size / 2) / size);
  }

  signed(affixes, isNegative, text) {
    const [before, after] = affixes[isNegative ? 1 : 0];
    return before + text + after;
  }

  money(amount, cents) {
    if (amount === null) return "–";
    const digits = (cents === undefined ? Math.abs(amount) < 1e6 : cents) ? this.cents : 0;
    const units = this.steps(amount, digits);
    return this.signed(this.money_affixes, amount < 0 && units > 0, this.digits(units, digits));
  }

  /* A quantity, ten thousand times itself: up to two decimals. */
  quantity(amount) {
    if (amount === null) return "–";
    const units = this.steps(amount, 2);
    const digits = units % 100 === 0 ? 0 : units % 10 === 0 ? 1 : 2;
    const text = this.digits(units / 10 ** (2 - digits), digits);
    return this.signed(this.number_affixes, amount < 0 && units > 0, text);
  }

  count(value) {
    return value === null ? "–" : this.signed(this.number_affixes, value < 0, this.digits(Math.abs(value), 0));
  }

  share(value, digits = 1) {
    if (value === null) return "–";
    const units = Math.round(Number((Math.abs(value) * 10 ** (digits + 2)).toPrecision(12)));
    return this.signed(this.share_affixes, value < 0 && units > 0, this.digits(units, digits));
  }

  change(value) {
    if (value === null) return "–";
    const isFlat = Math.round(Number((Math.abs(value) * 1000).toPrecision(12))) === 0;
    return (value > 0 && !isFlat ? "+" : "") + this.share(value);
  }

  signedMoney(amount) {
    return (amount > 0 ? "+" : "") + this.money(amount);
  }

  month(day) {
    const { year, month } = parts(day);
    return `${this.months[month - 1]} ${year}`;
  }

  day(day) {
    const { year, month, date } = parts(day);
    const first = this.language === "fr" && date === 1 ? "1er" : String(date);
    return this.day_pattern.replace(/MMMM|d|y/g, (letter) =>
      ({ MMMM: this.months[month - 1], d: first, y: String(year) })[letter]);
  }

  /* A period of a grain: its whole name, and the label of an axis (two lines, split at the space). */
  period(first, grain) {
    const { year, month, date } = parts(first);
    if (grain === "year") return [String(year), String(year)];
    if (grain === "quarter") {
      const name = this.words("live.quarter", { number: (month + 2) / 3 });
      return [`${name} ${year}`, `${name} ${year}`];
    }
    const short = this.short_months[month - 1];
    if (grain === "month") return [this.month(first), `${short} ${year}`];
    return [this.day(first), `${date}\u00a0${short} ${year}`];
  }

  together(names) {
    if (names.length < 2) return names.join("");
    return `${names.slice(0, -1).join(", ")} ${this.words("and")} ${names[names.length - 1]}`;
  }
}

/* Days are counted from 1970; no clock and no time zone comes in. */
const DAY = 86400000;

function ordinal(year, month, date) {
  return Math.round(Date.UTC(year, month - 1, date) / DAY);
}

function parts(day) {
  const moment = new Date(day * DAY);
  return { year: moment.getUTCFullYear(), month: moment.getUTCMonth() + 1, date: moment.getUTCDate() };
}

function iso(day) {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

/* The day of a text like 2025-12-31; null when it is none. */
function fromIso(text) {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text || "");
  if (!found) return null;
  const day = ordinal(+found[1], +found[2], +found[3]);
  return iso(day) === text ? day : null;
}

function monthStart(day) {
  const { year, month } = parts(day);
  return ordinal(year, month, 1);
}

function monthEnd(day) {
  const { year, month } = parts(day);
  return ordinal(year, month + 1, 1) - 1;
}
