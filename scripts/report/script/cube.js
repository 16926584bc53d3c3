/* The revenue lines as columns, and sums over them. Amounts are integers (ten thousand times
   themselves), so that sums of doubles are exact. The measures are defined here once for the page,
   as macros/measures.sql does for the warehouse. */

const MEASURES = ["quantity", "gross", "discount", "net", "cost", "net_with_cost", "returns"];

async function openCube(header, text) {
  const packed = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const kinds = { B: Uint8Array, H: Uint16Array, i: Int32Array, d: Float64Array };
  const count = header.count;
  const columns = {};
  let start = 0;
  for (const [name, code] of header.columns) {
    const column = new kinds[code](count);
    const size = column.BYTES_PER_ELEMENT;
    const own = new Uint8Array(column.buffer);
    for (let plane = 0; plane < size; plane++) {
      for (let row = 0; row < count; row++) own[row * size + plane] = bytes[start++];
    }
    columns[name] = column;
  }
  return new Cube(header, columns);
}

class Cube {
  constructor(header, columns) {
    Object.assign(this, header);
    const { count } = header;
    this.day = new Int32Array(count);
    for (let row = 0, day = 0; row < count; row++) this.day[row] = day += columns.day[row];
    this.spot = columns.spot;
    this.product = columns.product;
    this.customer = columns.customer;
    this.order = columns.order || null;
    this.orderCount = this.order ? this.order.reduce((most, one) => Math.max(most, one), -1) + 1 : 0;
    const isNull = (value) => value === header.null || value !== value;
    // nulls are zero in `amount` and zero in `known`: unknown is not zero, it only adds nothing
    this.amount = {};
    this.known = {};
    this.knows = {};
    for (const name of MEASURES) {
      const column = columns[name];
      this.amount[name] = new Float64Array(count);
      this.known[name] = new Uint8Array(count);
      for (let row = 0; column && row < count; row++) {
        if (isNull(column[row])) continue;
        this.amount[name][row] = column[row];
        this.known[name][row] = 1;
        this.knows[name] = true;
      }
    }
    const { quantity, net } = this.amount;
    for (let row = 0; row < count; row++) {
      if (!columns.net_with_cost && this.known.cost[row]) {
        this.amount.net_with_cost[row] = net[row];
        this.known.net_with_cost[row] = 1;
      }
      const sign = this.known.quantity[row] ? quantity[row] : net[row];
      if (!columns.returns && sign < 0) {
        this.amount.returns[row] = net[row];
        this.known.returns[row] = 1;
      }
    }
    // the members of every dimension by row, as numbers
    this.keys = {
      product: (row) => this.product[row],
      category: (row) => header.products[this.product[row]][1],
      customer: (row) => this.customer[row],
    };
    for (const [grouping, [names, members]] of Object.entries(header.customers)) {
      const unknown = names.indexOf("(unknown)");
      this.keys[grouping] = (row) => (this.customer[row] < 0 ? unknown : members[this.customer[row]]);
    }
    header.levels.forEach((level, place) => {
      this.keys[level] = (row) => header.spots[this.spot[row]][place];
    });
  }

  /* The names of a dimension's members, by number. */
  names(dimension) {
    if (dimension === "product") return this.products.map(([name]) => name);
    if (dimension === "category") return this.categories;
    if (dimension === "customer") return this.customer_names;
    if (dimension in this.customers) return this.customers[dimension][0];
    return this.places[dimension] || [];
  }

  /* The rows from day `from` to day `to` (ordinals) of the members in `filters`
     ({region: 3, category: 1}), in the order of their days. */
  rows(from, to, filters) {
    const tests = Object.entries(filters).map(([name, member]) => [this.keys[name], member]);
    const end = this.position(to + 1);
    const found = [];
    for (let row = this.position(from); row < end; row++) {
      if (tests.every(([key, member]) => key(row) === member)) found.push(row);
    }
    return found;
  }

  /* How many rows are before a day. */
  position(day) {
    let low = 0, high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.day[middle] < day) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /* The part of some rows, ordered by day, that lies between two days. */
  between(rows, from, to) {
    const place = (day) => {
      let low = 0, high = rows.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.day[rows[middle]] < day) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    return rows.slice(place(from), place(to + 1));
  }

  /* Sums of every measure over the rows by `key`, a number under `size`. A measure that no row of
     a group knows is null there. */
  group(rows, key, size) {
    const sums = {}, known = {};
    const lines = new Float64Array(size), discounted = new Float64Array(size);
    const groups = Int32Array.from(rows, key);
    groups.forEach((one, place) => {
      lines[one]++;
      if (this.amount.discount[rows[place]]) discounted[one]++;
    });
    for (const name of MEASURES) {
      const amount = this.amount[name], has = this.known[name];
      const sum = (sums[name] = new Float64Array(size));
      const seen = (known[name] = new Uint8Array(size));
      rows.forEach((row, place) => {
        sum[groups[place]] += amount[row];
        seen[groups[place]] |= has[row];
      });
    }
    return Array.from(lines, (count, one) => {
      const pick = (name) => (known[name][one] ? sums[name][one] : null);
      return figures(count, discounted[one], pick);
    });
  }

  /* Revenue over some rows. */
  revenue(rows) {
    return rows.reduce((sum, row) => sum + this.amount.net[row], 0);
  }

  /* The same over all of the rows, with what cannot be summed: orders and customers. */
  total(rows) {
    const [all] = this.group(rows, () => 0, 1);
    const by = (column) => {
      const seen = new Set();
      for (const row of rows) if (column[row] >= 0) seen.add(column[row]);
      return seen.size;
    };
    all.orders = this.orderCount ? by(this.order) : null;
    if (!rows.length && this.knows.quantity) all.units = 0;
    all.customers = this.grain === "line" ? by(this.customer) : null;
    return all;
  }

  /* How many orders each group has; rows of a group must not be scattered, or a Set is needed. */
  orders(rows, key, size) {
    if (!this.order) return null;
    const seen = Array.from({ length: size }, () => new Set());
    for (const row of rows) if (this.order[row] >= 0) seen[key(row)].add(this.order[row]);
    return seen.map((one) => one.size);
  }
}

/* One set of figures. Revenue is the sum of net amounts; margin is that of the rows whose cost is
   known, and null where none is. */
function figures(lines, discountedLines, pick) {
  const cost = pick("cost");
  const withCost = pick("net_with_cost") || 0;
  return {
    lines,
    discountedLines,
    revenue: pick("net") || 0,
    units: pick("quantity"),
    gross: pick("gross"),
    discount: pick("discount"),
    cost,
    revenueWithCost: withCost,
    margin: cost === null ? null : withCost - cost,
    returns: pick("returns") || 0,
  };
}

/* Relative change; null without a positive base, because no percentage of it means anything. */
function growth(now, before) {
  return now === null || before === null || before <= 0 ? null : now / before - 1;
}
