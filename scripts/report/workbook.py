"""The report as a workbook: the published tables with native types, and native charts.

A contents sheet with the headline figures; then one sheet for each subject, with its sentences,
charts and links, and behind it one for each of its tables; at the end the definitions. Texts are
written as texts, whatever they begin with, so none becomes a formula. There are no formulas at all:
what stands in a cell is what was published.
"""

from __future__ import annotations

import io
import math
import sys
from datetime import date, datetime, timezone
from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from scripts.report.cells import Cells
from scripts.report.charts.base import BLUE, INK, MUTED, PALE, Chart, Context
from scripts.report.page import build_charts
from scripts.report.read import read
from scripts.report.subjects import FINE, by_subject
from scripts.report.tables import MAIN_AMOUNT, TIMES, Published, read_tables
from scripts.report.tiles import Headlines, headline_tiles

# A larger table is left out, with a pointer to it: one that is cut would add up to something else.
MOST_ROWS = 20_000
LONGEST_SHEET_NAME = 31
HEADER_ROW = 4
BARS_SHOWN = 15
# in characters, and in points
FIRST_WIDTH, TEXT_WIDTH, LINE_HEIGHT = 34, 96, 15
CHART_WIDTH, CHART_HEIGHT, CHART_LINES = 860, 360, 19
# across, up, label
SCATTERS = {"employee_sales_by_store": ("employee_count", MAIN_AMOUNT, "store_name")}
# name, amount: bars of what a table's rows, or those of its latest month, are about
BARS = {
    "top_customers": ("customer_name", MAIN_AMOUNT),
    "incentives": ("employee_name", "incentive_amount"),
    "stock_by_category": ("category", "cover_days"),
    "stock_by_store": ("store_name", "cover_days"),
}
TAB_COLOURS = ("#0b62a4", "#009e73", "#e69f00", "#cc79a7", "#56b4e9", "#d55e00", "#55606e",
               "#aab4c0", "#1f2a37")  # fmt: skip


def main() -> None:
    """The workbook of the published file that its input names, on its output.

    A program of its own, since writing a hundred thousand cells would hold up the charts.
    """
    from scripts.report.build import context_of  # noqa: PLC0415  (it starts this program)

    asked = sys.stdin.read()
    if not asked:
        return
    published = Path(asked)
    context = context_of(read(published))
    sys.stdout.buffer.write(
        render(
            context,
            build_charts(context),
            headline_tiles(context),
            read_tables(published, MOST_ROWS, FINE),
        )
    )


def render(
    context: Context,
    sections: dict[str, list[Chart]],
    headlines: Headlines | None,
    tables: list[Published],
) -> bytes:
    """The workbook. The same figures give the same bytes: it is dated by the as-of day."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    _Writer(context, book).write(sections, headlines, by_subject(tables))
    book.close()
    return content.getvalue()


class _Writer:
    def __init__(self, context: Context, book: xlsxwriter.Workbook) -> None:
        self.words, self.formats = context.words, context.formats
        self.summary = context.warehouse.summary
        self.book = book
        self.cells = Cells(book, context.formats, context.words)
        self.sheet_names: set[str] = set()
        day = self.summary.as_of_date or date(2000, 1, 1)
        book.set_properties({
            "title": self.words("page.title", shop=self.summary.shop_name),
            "author": self.summary.shop_name,
            "comments": self.words("paper.no_filters"),
            "created": datetime(day.year, day.month, day.day, tzinfo=timezone.utc),
        })  # fmt: skip
        self.title = self.cells.style(bold=True, font_size=16)
        self.heading = self.cells.style(bold=True, font_size=12)
        self.quiet = self.cells.style(font_color=MUTED)
        self.quiet_text = self.cells.style(font_color=MUTED, text_wrap=True, indent=1)
        self.wrapped = self.cells.style(text_wrap=True)
        self.link = self.cells.style(font_color=BLUE, underline=1)

    def write(
        self,
        sections: dict[str, list[Chart]],
        headlines: Headlines | None,
        subjects: dict[str, list[Published]],
    ) -> None:
        """All sheets in their order; those with links are filled when what they name is there."""
        contents = self.sheet(self.words("workbook.contents"), INK)
        fronts, sheets = {}, {}
        for at, (subject, tables) in enumerate(subjects.items()):
            colour = TAB_COLOURS[at % len(TAB_COLOURS)]
            fronts[subject] = self.sheet(self.words(f"subjects.{subject}"), colour)
            for table in tables:
                if table.rows:
                    sheets[table.name] = self.table_sheet(table, colour)
        for subject, tables in subjects.items():
            self.front(fronts[subject], subject, sections.get(subject, []), tables, sheets)
        self.definitions(subjects, sheets)
        self.contents(contents, headlines, subjects, fronts, sheets)

    # sheets

    def sheet(self, name: str, colour: str) -> Worksheet:
        """A new sheet, its name made one that Excel takes."""
        plain = "".join(" " if character in "[]:*?/\\" else character for character in name)
        base = " ".join(plain.split()).strip("'")[:LONGEST_SHEET_NAME].strip() or "–"
        unique, number = base, 2
        while unique.lower() in self.sheet_names:
            ending = f" ({number})"
            unique, number = base[: LONGEST_SHEET_NAME - len(ending)] + ending, number + 1
        self.sheet_names.add(unique.lower())
        sheet = self.book.add_worksheet(unique)
        sheet.set_tab_color(colour)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        shop = self.summary.shop_name[:60].replace("&", "&&")
        sheet.set_footer(f"&L{shop}&R&P / &N")
        return sheet

    def head(self, sheet: Worksheet, title: str, grain: str) -> None:
        """The lines above a sheet's content: what it is, and of which shop and day."""
        sheet.set_row(0, 24)
        self.cells.text(sheet, 0, 0, title, self.title)
        self.cells.text(sheet, 1, 0, grain, self.quiet)
        state = [self.summary.shop_name, self.words("paper.no_filters")]
        if self.summary.as_of_date:
            state.append(self.words("page.as_of", day=self.formats.day(self.summary.as_of_date)))
        self.cells.text(sheet, 2, 0, " · ".join(state), self.quiet)

    def table_sheet(self, table: Published, colour: str) -> Worksheet:
        """A published table: a native one, with its filters, below a header that stays."""
        sheet = self.sheet(self.table_label(table), colour)
        self.head(sheet, self.table_label(table), table.grain)
        labels = self.cells.labels(table)
        last = HEADER_ROW + len(table.rows)
        sides = []
        for at, field in enumerate(table.fields):
            values = [row[at] for row in table.rows]
            width, side = self.cells.column(sheet, HEADER_ROW + 1, at, field, values)
            sides.append(side)
            sheet.set_column(at, at, max(width, min(len(labels[at]), 16) + 4))
            if field.definition:
                sheet.write_comment(HEADER_ROW, at, field.definition,
                                    {"x_scale": 2, "font_size": 9})  # fmt: skip
        columns = [
            {"header": label, "header_format": self.cells.style(
                bold=True, text_wrap=True, bottom=1, bg_color=PALE, align=side
            )}
            for label, side in zip(labels, sides, strict=True)
        ]  # fmt: skip
        sheet.add_table(HEADER_ROW, 0, last, len(labels) - 1, {
            "name": table.name, "style": "Table Style Light 1", "columns": columns,
        })  # fmt: skip
        sheet.set_row(HEADER_ROW, 32)
        sheet.freeze_panes(HEADER_ROW + 1, 1)
        sheet.repeat_rows(HEADER_ROW)
        return sheet

    def front(
        self,
        sheet: Worksheet,
        subject: str,
        charts: list[Chart],
        tables: list[Published],
        sheets: dict[str, Worksheet],
    ) -> None:
        """A subject: what the report says about it, links to its tables, and its charts."""
        title = self.words.find(f"sections.{subject}") or self.words(f"subjects.{subject}")
        self.head(sheet, title, "")
        sheet.set_column(0, 0, FIRST_WIDTH)
        sheet.set_column(1, 1, TEXT_WIDTH)
        sheet.fit_to_pages(1, 1)
        row = HEADER_ROW
        bold = self.cells.style(bold=True, text_wrap=True)
        for chart in charts:
            self.cells.text(sheet, row, 0, chart.title, bold)
            self.paragraph(sheet, row, 1, chart.sentence, style=self.wrapped,
                           first=chart.title)  # fmt: skip
            row += 1
        row += 1
        for table in tables:
            self.table_line(sheet, row, table, sheets)
            row += 1
        row += 1
        drawn: set[str] = set()
        for table in tables:
            if table.name in sheets and (native := self.chart(table, sheets[table.name], drawn)):
                sheet.insert_chart(row, 0, native, {
                    "object_position": 2,
                    "description": f"{self.table_label(table)}. {table.grain}",
                })  # fmt: skip
                row += CHART_LINES

    def table_line(
        self, sheet: Worksheet, row: int, table: Published, sheets: dict[str, Worksheet]
    ) -> None:
        """One line about a table: a link to its sheet, or why it has none."""
        label, count = self.table_label(table), self.formats.number(table.row_count)
        if table.name in sheets:
            target = sheets[table.name].name.replace("'", "''")
            sheet.write_url(row, 0, f"internal:'{target}'!A1", self.link, label)
            said = self.words("workbook.rows", table.row_count, count=count)
        else:
            self.cells.text(sheet, row, 0, label, self.quiet)
            said = self.words("workbook.empty") if not table.row_count else self.words(
                "workbook.too_long", count=count, table=f"{table.schema}.{table.name}"
            )  # fmt: skip
        self.paragraph(sheet, row, 1, f"{said} {table.grain}", style=self.wrapped,
                       first=label)  # fmt: skip

    def paragraph(
        self, sheet: Worksheet, row: int, at: int, text: str, *, style: Format, first: str = ""
    ) -> None:
        """A text over as many lines as it needs: a row does not grow by itself everywhere."""
        self.cells.text(sheet, row, at, text, style)
        lines = max(math.ceil(len(text) / TEXT_WIDTH), math.ceil(len(first) / FIRST_WIDTH), 1)
        sheet.set_row(row, min(LINE_HEIGHT * lines, 400))

    def contents(
        self,
        sheet: Worksheet,
        headlines: Headlines | None,
        subjects: dict[str, list[Published]],
        fronts: dict[str, Worksheet],
        sheets: dict[str, Worksheet],
    ) -> None:
        """The first sheet: the headline figures, and where everything is."""
        summary, words = self.summary, self.words
        period = words("page.no_sales")
        if summary.first_sold_on:
            first, last = (self.formats.day(day) for day in (summary.first_sold_on,
                                                             summary.last_sold_on))  # fmt: skip
            period = words("page.period", first=first, last=last)
        self.head(sheet, words("page.title", shop=summary.shop_name), period)
        for at, width in enumerate((FIRST_WIDTH, 18, 12, TEXT_WIDTH)):
            sheet.set_column(at, at, width)
        row = HEADER_ROW
        if headlines:
            self.cells.text(sheet, row, 0, f"{headlines.period}, {headlines.against}.",
                            self.heading)  # fmt: skip
            for tile in headlines.tiles:
                row += 1
                self.cells.text(sheet, row, 0, tile.label, self.cells.style())
                if tile.value is not None:
                    kind = self.cells.number_style(tile.kind)
                    sheet.write_number(row, 1, float(tile.value), kind)
                if tile.growth is not None:
                    sheet.write_number(
                        row, 2, float(tile.growth), self.cells.number_style("growth")
                    )
                note = " · ".join(part for part in (tile.note, tile.last_month) if part)
                self.paragraph(sheet, row, 3, note, style=self.quiet_text)
            row += 2
        for subject, tables in subjects.items():
            target = fronts[subject].name.replace("'", "''")
            sheet.write_url(row, 0, f"internal:'{target}'!A1",
                            self.cells.style(bold=True, font_color=BLUE, underline=1),
                            fronts[subject].name)  # fmt: skip
            row += 1
            for table in tables:
                self.contents_line(sheet, row, table, sheets)
                row += 1
            row += 1

    def contents_line(
        self, sheet: Worksheet, row: int, table: Published, sheets: dict[str, Worksheet]
    ) -> None:
        """A table in the contents."""
        indented = {"indent": 1}
        if table.name in sheets:
            target = sheets[table.name].name.replace("'", "''")
            link = self.cells.style(font_color=BLUE, underline=1, **indented)
            sheet.write_url(row, 0, f"internal:'{target}'!A1", link, self.table_label(table))
            said = ""
        else:
            style = self.cells.style(font_color=MUTED, **indented)
            self.cells.text(sheet, row, 0, self.table_label(table), style)
            count = self.formats.number(table.row_count)
            said = self.words("workbook.empty") if not table.row_count else self.words(
                "workbook.too_long", count=count, table=f"{table.schema}.{table.name}"
            )  # fmt: skip
        sheet.write_number(row, 1, table.row_count, self.cells.number_style("count"))
        self.paragraph(sheet, row, 3, f"{said} {table.grain}".strip(),
                       style=self.quiet_text)  # fmt: skip

    def definitions(
        self, subjects: dict[str, list[Published]], sheets: dict[str, Worksheet]
    ) -> None:
        """The last sheet: what each column of each sheet means."""
        sheet = self.sheet(self.words("page.definitions"), INK)
        self.head(sheet, self.words("page.definitions"), self.words("page.definitions_note"))
        rows = [
            (sheets[table.name].name, label, field.name, field.definition)
            for tables in subjects.values()
            for table in tables
            if table.name in sheets
            for label, field in zip(self.cells.labels(table), table.fields, strict=True)
        ]
        for at, row in enumerate(rows):
            for place, text in enumerate(row):
                self.cells.text(sheet, HEADER_ROW + 1 + at, place, text, self.wrapped)
        for place, width in enumerate((28, 30, 28, 100)):
            sheet.set_column(place, place, width)
        names = [self.words(f"workbook.{name}") for name in ("sheet", "column", "name", "meaning")]
        if rows:
            sheet.add_table(HEADER_ROW, 0, HEADER_ROW + len(rows), 3, {
                "name": "definitions",
                "style": "Table Style Light 1",
                "columns": [{"header": name} for name in names],
            })  # fmt: skip
        sheet.freeze_panes(HEADER_ROW + 1, 0)

    def table_label(self, table: Published) -> str:
        """What a table is called here: in the report's language when that has a word for it."""
        return self.words.find(f"tables.{table.name}") or _said(table.name)

    # charts

    def chart(
        self, table: Published, sheet: Worksheet, drawn: set[str]
    ) -> xlsxwriter.chart.Chart | None:
        """The native chart that a table suggests: over its periods, or of its first members.

        `drawn` has the columns that the subject's charts are over already; none is drawn twice.
        """
        if table.name in SCATTERS:
            return self.scatter(table, sheet, *SCATTERS[table.name])
        if table.name in BARS and BARS[table.name][0] not in drawn:
            places = [table.place(name) for name in BARS[table.name]]
            return self.series(table, sheet, *places, self.latest(table))
        amount = table.place(MAIN_AMOUNT)
        if amount is None:
            return None
        for at, field in enumerate(table.fields):
            is_name = field.data_type == "VARCHAR" and not field.name.endswith("_id")
            if field.name in TIMES or is_name:
                values = [row[at] for row in table.rows]
                if len(set(values)) == len(values) > 1:
                    if field.name in drawn:
                        return None
                    drawn.add(field.name)
                    return self.series(table, sheet, at, amount, range(len(table.rows)))
        return None

    def latest(self, table: Published) -> range:
        """The rows of the latest month, which are the last ones; all where there are no months."""
        times = [at for at, field in enumerate(table.fields) if field.name in TIMES]
        rows = table.rows
        first = next(
            (at for at, row in enumerate(rows) if all(row[i] == rows[-1][i] for i in times)), 0
        )
        return range(first, len(rows))

    def series(
        self, table: Published, sheet: Worksheet, at: int, amount: int, rows: range
    ) -> xlsxwriter.chart.Chart:
        """Columns over time (a line where they would be too thin), or bars of the first members."""
        is_time = table.fields[at].name in TIMES
        count = len(rows) if is_time else min(len(rows), BARS_SHOWN)
        kind = ("line" if count > 100 else "column") if is_time else "bar"
        chart = self.book.add_chart({"type": kind})
        label = self.cells.labels(table)[amount]
        first, last = HEADER_ROW + 1 + rows.start, HEADER_ROW + rows.start + count
        chart.add_series({
            "name": label,
            "categories": [sheet.name, first, at, last, at],
            "values": [sheet.name, first, amount, last, amount],
            **({"line": {"color": BLUE, "width": 1.5}} if kind == "line"
               else {"fill": {"color": BLUE}, "gap": 45}),
        })  # fmt: skip
        pattern = "count" if table.fields[amount].data_type == "DOUBLE" else "whole_amount"
        axis = {"num_format": self.cells.pattern(pattern),
                "major_gridlines": {"visible": True, "line": {"color": PALE}}}  # fmt: skip
        if is_time:
            day = "mmm yyyy" if table.fields[at].name != "sold_on" else "dd/mm/yyyy"
            chart.set_x_axis({"date_axis": True, "num_format": day, "label_position": "low"})
            chart.set_y_axis(axis)
        else:
            chart.set_y_axis({"reverse": True, "label_position": "low"})
            chart.set_x_axis({**axis, "label_position": "high"})
        return self.finished(chart, table, label)

    def scatter(
        self, table: Published, sheet: Worksheet, across: str, up: str, label: str
    ) -> xlsxwriter.chart.Chart:
        """A dot for each row, named, and the least-squares line through them."""
        labels = self.cells.labels(table)
        places = [table.place(name) for name in (across, up, label)]
        first, last = HEADER_ROW + 1, HEADER_ROW + len(table.rows)
        chart = self.book.add_chart({"type": "scatter"})
        chart.add_series({
            "name": labels[places[1]],
            "categories": [sheet.name, first, places[0], last, places[0]],
            "values": [sheet.name, first, places[1], last, places[1]],
            "marker": {"type": "circle", "size": 7, "fill": {"color": BLUE},
                       "border": {"color": BLUE}},
            "data_labels": {"custom": [{"value": str(row[places[2]])} for row in table.rows],
                            "value": True, "position": "right"},
            "trendline": {"type": "linear", "line": {"color": MUTED, "dash_type": "dash"}},
        })  # fmt: skip
        chart.set_x_axis({"name": labels[places[0]], "major_gridlines": {"visible": False}})
        grid = {"visible": True, "line": {"color": PALE}}
        amounts = self.cells.pattern("whole_amount")
        chart.set_y_axis({"num_format": amounts, "major_gridlines": grid})
        return self.finished(chart, table, labels[places[1]])

    def finished(
        self, chart: xlsxwriter.chart.Chart, table: Published, label: str
    ) -> xlsxwriter.chart.Chart:
        """The look that all native charts share."""
        chart.set_title({
            "name": f"{self.table_label(table)} – {label}",
            "name_font": {"size": 12, "bold": True, "color": INK},
        })  # fmt: skip
        chart.set_legend({"none": True})
        chart.set_size({"width": CHART_WIDTH, "height": CHART_HEIGHT})
        return chart


def _said(name: str) -> str:
    """`top_customers` as a person writes it."""
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    main()
