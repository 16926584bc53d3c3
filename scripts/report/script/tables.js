/* Tables: written anew for a selection, and given as CSV. Texts are only ever texts. */

function fillTable(table, made) {
  if (!table || !made.table) return;
  const head = table.tHead.rows[0];
  if (made.first) head.cells[0].textContent = made.first;
  if (made.head) {
    head.replaceChildren(...made.head.map((label, place) => {
      const cell = element("th", label);
      cell.scope = "col";
      if (place) cell.className = "number";
      return cell;
    }));
  }
  const numbers = Array.from(head.cells, (cell) => cell.classList.contains("number"));
  const row = (cells) => {
    const line = document.createElement("tr");
    line.append(...cells.map((content, place) => {
      const cell = document.createElement(place ? "td" : "th");
      if (!place) cell.scope = "row";
      const { text, value } = typeof content === "object" ? content : { text: content };
      if (numbers[place]) {
        cell.className = "number";
        cell.textContent = text;
        if (value !== undefined) cell.dataset.value = value === null ? "" : String(value);
      } else cell.append(element("bdi", text));
      return cell;
    }));
    return line;
  };
  table.tBodies[0].replaceChildren(...made.table.body.map(row));
  // an empty table says no more than the sentence
  (table.closest("details") || table.closest(".scroll")).hidden = !made.table.body.length;
  if (table.tFoot) table.tFoot.remove();
  if (made.table.foot) table.createTFoot().append(row(made.table.foot));
}

function element(name, text, more) {
  const made = Object.assign(document.createElement(name), more || {});
  if (text !== undefined) made.textContent = text;
  return made;
}

/* A cell of a CSV file: quoted where it must be, and never a formula for the program that opens it. */
function csvCell(text, isNumber, separator) {
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return safe.includes('"') || safe.includes(separator) || /[\r\n]/.test(safe)
    ? `"${safe.replace(/"/g, '""')}"` : safe;
}

/* A table as CSV, with the separator that spreadsheets of the page's language expect. */
function csvOf(table, f) {
  const separator = f.decimal === "," ? ";" : ",";
  const lines = Array.from(table.rows, (row) => Array.from(row.cells, (cell) => {
    const isData = cell.closest("thead") === null && cell.classList.contains("number");
    if (!isData) return csvCell(cell.textContent.trim(), false, separator);
    const number = cell.dataset.value !== undefined ? cell.dataset.value : plainNumber(cell.textContent, f);
    if (number === null) return csvCell(cell.textContent.trim(), false, separator);
    return csvCell(number.replace(".", f.decimal), true, separator);
  }).join(separator));
  return new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv;charset=utf-8" });
}

/* The number that a figure on the page writes, as 1234.5 ("34,2 %" is 0.342); null when it is none. */
function plainNumber(text, f) {
  let rest = text.trim();
  if (rest === "" || rest === "–") return "";
  const isShare = rest.includes("%");
  rest = rest.split(f.group).join("").replace("\u2212", "-").replace("%", "");
  rest = rest.replace(f.symbol, "").replace(/[\s\u00a0\u202f]/g, "").replace(f.decimal, ".");
  if (!/^[+-]?\d+(\.\d+)?$/.test(rest)) return null;
  return isShare ? String(Number((Number(rest) / 100).toPrecision(12))) : rest.replace("+", "");
}
