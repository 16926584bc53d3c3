"""`inputs.yml`: what a shop's owner says about the files, checked and ready to use."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path

from scripts.errors import UserError
from scripts.ingest import dialect as dialects
from scripts.ingest import numbers, own_tables, registry, remote, yaml_text
from scripts.ingest.dialect import Dialect, text_list
from scripts.ingest.problems import Problems, did_you_mean, nearest

FILE_NAME = "inputs.yml"
SETTINGS = (
    "as_of_date",
    "prices_include_tax",
    "tax_rate",
    "fiscal_year_start_month",
    "day_cutoff_hour",
    "maximum_quarantined_share",
    "churn_days",
    "stock_window_days",
    "reorder_days",
    "abc_window_months",
    "alert_deviations",
)
SECTION_KEYS = (
    *("files", "columns", "values", "key", "optional", "fill_down", "spread", "unpivot"),
    *("no_line_without", "not_goods", "not_used", "update", "status"),
    *dialects.KEYS,
)
LOOKUPS = "lookups"
# What a header that was turned into a row, and the value below it, are called.
COLUMN_NAME, COLUMN_VALUE = "(column)", "(value)"
# Stands for the name of a workbook's sheet.
SHEET_NAME = "(sheet)"
# Stands for an answer that onboarding waits for.
UNANSWERED = "???"
PRODUCT_COLUMNS = ("product_id", "product_name", "subcategory", "category")
# A part of a pattern of `files` that says a column: export_{store_id}.csv
PATH_COLUMN = re.compile(r"\{([a-z_]+)\}")
# What an order may say once for all of its lines.
SPREAD_COLUMNS = ("discount_amount", "tax_amount")
# How a value that `values` gives must be written, by type, and what to say else.
FORMS = {
    "number": (r"-?[0-9]+([.][0-9]+)?", "a number with a point, such as 1234.5"),
    "rate": (r"0([.][0-9]+)?|1([.]0+)?", "a share from 0 to 1 with a point, such as 0.2 for 20 %"),
    "flag": ("true|false", "true or false"),
    "date": ("[0-9]{4}-[0-9]{2}-[0-9]{2}", "a day written 2026-11-21"),
    "timestamp": (
        "[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2})?",
        "a moment written 2026-11-21 14:05:00",
    ),
}
ACCEPTED = re.compile(r"(?P<path>.+)@(?P<content>[0-9a-f]{8})")


@dataclass(frozen=True)
class Status:
    """Which values of the status column are revenue, come back (counted negative), or are not."""

    revenue: tuple[str, ...]
    returns: tuple[str, ...]
    not_revenue: tuple[str, ...]


@dataclass(frozen=True)
class Input:
    """One input section: which files, which columns, how they are written.

    `section` is its name in inputs.yml (`sales`, `sales.web`, `lookups.category`), `name` the
    input it lands in, `attribute` the column a lookup names. `columns` maps our column to the
    headers it is joined from, none where the file's path or `values` says it. `first_position`
    numbers its first pattern within the input. `fill_down` are the columns that only the first
    row of an order says, the one first that is never empty there; `spread` what is said once for
    an order and shared out over its lines, by our column; a row that lacks all of
    `no_line_without` sums up its order, and one of which the product is in `not_goods` is no
    revenue; `unpivot` what the headers that
    nobody maps say and what stands below them; `values` what all rows say; `money_signs` what may
    stand at an amount.
    """

    section: str
    name: str
    files: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    dialect: Dialect
    key: tuple[str, ...]
    optional: frozenset[str] = frozenset()
    update: str = "replace"
    status: Status | None = None
    attribute: str | None = None
    first_position: int = 0
    fill_down: tuple[str, ...] = ()
    spread: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    no_line_without: tuple[str, ...] = ()
    not_goods: tuple[str, ...] = ()
    unpivot: tuple[str, str] | None = None
    values: tuple[tuple[str, str], ...] = ()
    money_signs: tuple[str, ...] = ()

    @property
    def is_part(self) -> bool:
        """Whether it is one of several sections of its input."""
        return self.section != self.name and self.attribute is None


@dataclass(frozen=True)
class Config:
    """All of inputs.yml. `settings` holds text; a setting that is not given is absent.

    `tables` are the rows of the tables beside it that replace shipped ones, by file name.
    """

    shop: str
    currency: str
    locale: str
    settings: Mapping[str, str] = field(default_factory=dict)
    ignore: tuple[str, ...] = ()
    accept: frozenset[tuple[str, str]] = frozenset()
    inputs: tuple[Input, ...] = ()
    tables: Mapping[str, tuple[own_tables.Row, ...]] = field(default_factory=dict)

    def accepts(self, path: str, content_sha256: str) -> bool:
        """Whether `accept:` lists this content at this path."""
        return (path, content_sha256[:8]) in self.accept

    @property
    def patterns(self) -> list[str]:
        """What all sections say under `files`."""
        return [pattern for section in self.inputs for pattern in section.files]

    def named(self, name: str) -> list[Input]:
        """The sections that land in the input."""
        return [section for section in self.inputs if section.name == name]


def load(shop: Path) -> Config:
    """Read and check the shop's inputs.yml.

    Raises UserError with one sentence for each thing that is wrong.
    """
    path = shop / FILE_NAME
    if not shop.exists():
        raise UserError(
            f"There is no folder {shop}. Set SHOP=… to the folder that holds your files and "
            f"their {FILE_NAME}."
        )
    if not shop.is_dir():
        raise UserError(f"{shop} is a file, not a folder. Set SHOP=… to the folder it is in.")
    if not path.is_file():
        raise UserError(
            f"There is no {FILE_NAME} in {shop}, which says which file is what. make onboard "
            "SHOP=… writes one from the files (data/sample/inputs.yml is an example); or set "
            "SHOP=… to another folder."
        )
    content = yaml_text.read(path)
    if not isinstance(content, dict) or not content:
        raise UserError(
            f"{path} must be a list of `key: value` lines such as `shop: My shop`; "
            f"it is {'empty' if not content else 'something else'}."
        )
    waiting = _unanswered(content)
    if waiting:
        listed = ", ".join(f"`{place}`" for place in waiting)
        ask, it = ("asks something", "it") if len(waiting) == 1 else ("asks questions", "each")
        raise UserError(
            f"{path} {ask} that only you can answer: {listed}. The lines above {it} say what is "
            f"meant; write your answer in place of {UNANSWERED}."
        )
    problems = Problems(f"{path} has several problems:")
    config = replace(_parse(content, problems), tables=own_tables.read(shop, problems))
    problems.stop_if_any()
    return config


def _unanswered(content: object, place: str = "") -> list[str]:
    """The places where onboarding left a question open."""
    if content == UNANSWERED:
        return [place]
    if isinstance(content, dict):
        inside = [_unanswered(v, f"{place}.{k}" if place else k) for k, v in content.items()]
        return [one for found in inside for one in found]
    if isinstance(content, list):
        return list(dict.fromkeys(one for v in content for one in _unanswered(v, place)))
    return []


def _parse(content: dict[str, object], problems: Problems) -> Config:
    """The whole file; problems are noted and leave a default in their place."""
    input_names = [name for name in registry.inputs() if name != LOOKUPS]
    known = [
        "shop",
        "currency",
        "locale",
        "settings",
        "defaults",
        "ignore",
        "accept",
        *input_names,
        LOOKUPS,
    ]
    for key in content:
        if key not in known:
            problems.add(f"inputs.yml: `{key}` is not a key.{did_you_mean(key, known)}")
    defaults = _mapping(content, "defaults", "defaults", problems)
    for key in defaults:
        if key not in dialects.KEYS:
            problems.add(
                f"inputs.yml: `defaults.{key}` is not a key.{did_you_mean(key, dialects.KEYS)}"
            )
    base = dialects.parse(defaults, Dialect(), "defaults", problems)
    rates = tuple(
        column.name
        for columns in registry.inputs().values()
        for column in columns
        if column.value_type == "rate"
    )
    fault = dialects.unknown_percent(base, rates, "defaults")
    if fault:
        problems.add(fault)

    inputs: list[Input] = []
    for name in input_names:
        if name in content:
            section = _mapping(content, name, name, problems)
            parts = _parts_of(section, name)
            for where, part in parts.items():
                position = sum(len(other.files) for other in inputs if other.name == name)
                inputs.append(
                    _input(part, where, base, problems, name=name, first_position=position)
                )
    inputs.extend(_lookups(_mapping(content, LOOKUPS, LOOKUPS, problems), base, problems))

    currency = _currency(content, problems)
    inputs = [replace(one, money_signs=_money_signs(one, currency)) for one in inputs]
    config = Config(
        shop=_shop(content, problems),
        currency=currency,
        locale=_locale(content, problems),
        settings=_settings(_mapping(content, "settings", "settings", problems), problems),
        ignore=text_list(content.get("ignore") or [], "ignore", problems) or (),
        accept=_accept(content.get("accept") or [], problems),
        inputs=tuple(inputs),
    )
    _require_sales(config, "sales" in content, problems)
    return config


def _parts_of(section: Mapping[str, object], name: str) -> dict[str, Mapping[str, object]]:
    """The sections of an input by their place: itself, or several of its own names.

    A till and a web shop write different files; each is a section below `sales:`.
    """
    if section and all(
        key not in SECTION_KEYS and isinstance(part, dict) and {"files", "columns"} & set(part)
        for key, part in section.items()
    ):
        return {f"{name}.{key}": part for key, part in section.items()}
    return {name: section}


def _money_signs(section: Input, currency: str) -> tuple[str, ...]:
    """What may stand beside an amount: another currency's sign only where rows say theirs.

    Empty where nothing is an amount: then no file is read again when the currency changes.
    """
    if not any(registry.value_type(section.name, column) == "number" for column in section.columns):
        return ()
    return numbers.all_signs() if "currency" in section.columns else numbers.signs_of(currency)


def _mapping(
    content: Mapping[str, object], key: str, where: str, problems: Problems
) -> dict[str, object]:
    """The mapping below a key; empty when absent, with a problem when it is something else."""
    value = content.get(key, {})
    if isinstance(value, dict):
        return value
    said = "is empty" if value == "" else "must hold `key: value` lines"
    problems.add(f"inputs.yml: `{where}` {said}. Fill it, or remove the line.")
    return {}


def _text(content: Mapping[str, object], key: str, problems: Problems) -> str:
    """One text, '' when absent."""
    value = content.get(key, "")
    if isinstance(value, str):
        return value.strip()
    problems.add(f"inputs.yml: `{key}` must be one text.")
    return ""


def _shop(content: Mapping[str, object], problems: Problems) -> str:
    name = _text(content, "shop", problems)
    if not name:
        problems.add("inputs.yml: `shop` is missing. Add the shop's name: `shop: My shop`.")
    return name


def _currency(content: Mapping[str, object], problems: Problems) -> str:
    code = _text(content, "currency", problems)
    if re.fullmatch("[A-Z]{3}", code):
        return code
    if not code:
        problems.add("inputs.yml: `currency` is missing. Add it: `currency: EUR`.")
    else:
        signs = {"€": "EUR", "$": "USD", "£": "GBP", "CHF.": "CHF", "FR.": "CHF", "EURO": "EUR"}
        signs |= {"EUROS": "EUR", "¥": "JPY"}
        hint = signs.get(code.upper(), code.upper())
        hint = hint if re.fullmatch("[A-Z]{3}", hint) else "EUR"
        problems.add(
            f"inputs.yml: `currency` is {code!r}; it must be an ISO code of three capital "
            f"letters such as `{hint}`."
        )
    return ""


def _locale(content: Mapping[str, object], problems: Problems) -> str:
    locale = _text(content, "locale", problems).replace("-", "_") or "en"
    if not re.fullmatch(r"[a-z]{2,3}(_[A-Za-z]{4})?(_([A-Z]{2}|[0-9]{3}))?", locale):
        problems.add(f"inputs.yml: `locale` is {locale!r}; write it as en, fr or fr_CH.")
        return "en"
    return locale


def _accept(value: object, problems: Problems) -> frozenset[tuple[str, str]]:
    accepted = set()
    for line in text_list(value, "accept", problems) or ():
        match = ACCEPTED.fullmatch(line.strip())
        if match is None:
            problems.add(
                f"inputs.yml: `accept` has {line!r}; a line is the file's path, @ and the eight "
                "signs that the message gave, such as sales.csv@1a2b3c4d."
            )
        else:
            accepted.add((match["path"], match["content"]))
    return frozenset(accepted)


def _settings(values: Mapping[str, object], problems: Problems) -> dict[str, str]:
    """The settings that are given, each checked and in one spelling."""
    result: dict[str, str] = {}
    for key, value in values.items():
        if key not in SETTINGS:
            problems.add(f"inputs.yml: `settings.{key}` is not a key.{did_you_mean(key, SETTINGS)}")
            continue
        if not isinstance(value, str):
            problems.add(f"inputs.yml: `settings.{key}` must be one value.")
            continue
        if value.strip() in ("", "~", "null"):
            continue
        checked, expected = _setting(key, value.strip())
        if checked is None:
            problems.add(f"inputs.yml: `settings.{key}` is {value!r}; it must be {expected}.")
        else:
            result[key] = checked
    return result


def _setting(key: str, text: str) -> tuple[str | None, str]:
    """A setting in its one spelling (None when it is wrong), and what it must be."""
    if key == "as_of_date":
        try:
            return datetime.date.fromisoformat(text).isoformat(), ""
        except ValueError:
            return None, "a day that exists, written 2026-11-21"
    if key == "prices_include_tax":
        found = {"true": "true", "yes": "true", "false": "false", "no": "false"}.get(text.lower())
        return found, "true or false"
    if key in ("tax_rate", "maximum_quarantined_share"):
        expected = "a share from 0 to 1 with a point, such as 0.2 for 20 %"
        try:
            share = Decimal(text)
        except InvalidOperation:
            return None, expected
        if not share.is_finite() or not 0 <= share <= 1 or re.fullmatch(r"[0-9.]+", text) is None:
            return None, expected
        return text, ""
    limits = {
        "fiscal_year_start_month": (1, 12),
        "day_cutoff_hour": (0, 23),
        "abc_window_months": (1, 60),
        "alert_deviations": (1, 20),
    }
    low, high = limits.get(key, (1, 3650))
    if re.fullmatch(r"[0-9]{1,4}", text) and low <= int(text) <= high:
        return str(int(text)), ""
    return None, f"a whole number from {low} to {high}"


def _input(
    section: Mapping[str, object],
    where: str,
    base: Dialect,
    problems: Problems,
    *,
    name: str,
    attribute: str | None = None,
    first_position: int = 0,
) -> Input:
    """One input section; `where` is its name in the file, `name` the input it lands in."""
    for key in section:
        if key not in SECTION_KEYS:
            problems.add(
                f"inputs.yml: `{where}.{key}` is not a key.{did_you_mean(key, SECTION_KEYS)}"
            )
    files = text_list(section.get("files", ""), f"{where}.files", problems)
    if files is not None and not [pattern for pattern in files if pattern.strip()]:
        problems.add(
            f"inputs.yml: `{where}.files` is missing. Add the file's name or a pattern such as "
            f"`files: {where.rpartition('.')[2]}*.csv`."
        )
    for pattern in files or ():
        fault = remote.fault_of(pattern.strip()) if remote.is_remote(pattern) else None
        if fault is not None:
            problems.add(f"inputs.yml: an address of `{where}.files` {fault}.")
    mapped = _columns(section, where, name, attribute, problems)
    unpivot = _unpivot(section, where, name, mapped, problems)
    values = _values(section, where, name, mapped, problems)
    mapped |= dict.fromkeys(values, ())
    spread = _spread(section, where, mapped, problems)
    not_goods = _not_goods(section, where, name, mapped, problems)
    if not_goods:
        mapped["is_goods"] = ()
    # what only orders say is a column of the lines too
    mapped |= {column: () for column in spread if column not in mapped}
    columns = _with_path_columns(mapped, files or (), where, name, problems)
    dialect = dialects.parse(section, base, where, problems)
    if "percent" in section:
        own = tuple(c for c in columns if registry.value_type(name, c) == "rate")
        fault = dialects.unknown_percent(dialect, own, where)
        if fault:
            problems.add(fault)
    # what a person has decided not to use is said for those who read, and needs no effect
    text_list(section.get("not_used") or [], f"{where}.not_used", problems)
    update = section.get("update", "replace")
    if update not in ("replace", "append"):
        problems.add(f"inputs.yml: `{where}.update` must be replace or append, not {update!r}.")
        update = "replace"
    return Input(
        section=where,
        name=name,
        files=tuple(pattern.strip() for pattern in files or () if pattern.strip()),
        columns=columns,
        dialect=dialect,
        key=_key(section, where, name, columns, problems),
        optional=frozenset(_mapped(section, "optional", where, columns, problems)),
        update=str(update),
        status=_status(section, where, columns, problems),
        attribute=attribute,
        first_position=first_position,
        fill_down=_mapped(section, "fill_down", where, columns, problems),
        spread=spread,
        not_goods=not_goods,
        no_line_without=_mapped(section, "no_line_without", where, columns, problems),
        unpivot=unpivot,
        values=tuple(sorted(values.items())),
    )


def _columns(
    section: Mapping[str, object],
    where: str,
    name: str,
    attribute: str | None,
    problems: Problems,
) -> dict[str, tuple[str, ...]]:
    """Our columns and the headers they come from, in the registry's order."""
    known = [column.name for column in registry.inputs()[name]]
    if attribute is not None:
        known.remove("attribute")
    if "columns" not in section:
        problems.add(
            f"inputs.yml: `{where}.columns` is missing. Add a line `{known[0]}: its header` for "
            "each column you have."
        )
    found: dict[str, tuple[str, ...]] = {}
    for ours, theirs in _mapping(section, "columns", f"{where}.columns", problems).items():
        place = f"{where}.columns.{ours}"
        if ours not in known:
            if isinstance(theirs, str) and theirs in known:
                problems.add(
                    f"inputs.yml: `{place}` is the wrong way round. Our name comes first: "
                    f"`{theirs}: {ours}`."
                )
            else:
                match = nearest(ours, known)
                hint = f" Did you mean `{match}`?" if match else f" It has: {', '.join(known)}."
                problems.add(f"inputs.yml: `{place}` is not a column of {name}.{hint}")
            continue
        headers = text_list(theirs, place, problems)
        if headers is None:
            continue
        if not headers or not all(header.strip() for header in headers):
            problems.add(
                f"inputs.yml: `{place}` is empty. Write the header of the file's column, or "
                "remove the line."
            )
            continue
        found[ours] = headers
    return {column: found[column] for column in known if column in found}


def _said_twice(column: str, where: str, key: str) -> str:
    """The sentence for a column that another key of its section says too."""
    return (
        f"inputs.yml: `{column}` stands in `{where}.{key}` and once more in `{where}`. Say it in "
        "one place."
    )


def _unpivot(
    section: Mapping[str, object],
    where: str,
    name: str,
    mapped: dict[str, tuple[str, ...]],
    problems: Problems,
) -> tuple[str, str] | None:
    """What columns turned into rows say, and what stands below them; both are mapped then."""
    if "unpivot" not in section:
        return None
    values = section["unpivot"]
    known = [column.name for column in registry.inputs()[name]]
    if not isinstance(values, dict) or set(values) != {"header", "values"}:
        problems.add(
            f"inputs.yml: `{where}.unpivot` must say what the headers and what the cells are: "
            "`unpivot: {header: sold_on, values: quantity}`."
        )
        return None
    header, cells = str(values["header"]), str(values["values"])
    for column in (header, cells):
        if column not in known:
            problems.add(
                f"inputs.yml: `{where}.unpivot` names `{column}`, which is not a column of {name}."
                f"{did_you_mean(column, known)}"
            )
        elif column in mapped:
            problems.add(_said_twice(column, where, "unpivot"))
    if header in known and cells in known:
        mapped[header], mapped[cells] = (COLUMN_NAME,), (COLUMN_VALUE,)
    return header, cells


def _spread(
    section: Mapping[str, object],
    where: str,
    mapped: Mapping[str, tuple[str, ...]],
    problems: Problems,
) -> dict[str, tuple[str, ...]]:
    """The headers of what an order says once for its lines, by our column."""
    found = {}
    for column, header in _mapping(section, "spread", f"{where}.spread", problems).items():
        place = f"{where}.spread.{column}"
        headers = text_list(header, place, problems) or ()
        if column not in SPREAD_COLUMNS:
            problems.add(
                f"inputs.yml: `{place}` cannot be shared out. Possible are: "
                f"{', '.join(SPREAD_COLUMNS)}."
            )
        elif "order_id" not in mapped:
            problems.add(
                f"inputs.yml: `{place}` is shared out over the lines of an order, so "
                f"`{where}.columns` needs `order_id`. Add `order_id: its header`."
            )
        elif len(headers) != 1 or not headers[0].strip():
            problems.add(f"inputs.yml: `{place}` must be one header of the file.")
        else:
            found[column] = headers
    return found


def _not_goods(
    section: Mapping[str, object],
    where: str,
    name: str,
    mapped: Mapping[str, tuple[str, ...]],
    problems: Problems,
) -> tuple[str, ...]:
    """The products that are none: shipping, tips, gift cards."""
    listed = text_list(section.get("not_goods") or [], f"{where}.not_goods", problems) or ()
    if listed and (name != "sales" or not set(PRODUCT_COLUMNS) & set(mapped)):
        problems.add(
            f"inputs.yml: `{where}.not_goods` names products, which only `sales` has. Map one of "
            f"{', '.join(PRODUCT_COLUMNS)} there."
        )
        return ()
    if listed and "is_goods" in mapped:
        problems.add(_said_twice("is_goods", where, "not_goods"))
        return ()
    return tuple(value.strip() for value in listed if value.strip())


def _values(
    section: Mapping[str, object],
    where: str,
    name: str,
    mapped: Mapping[str, tuple[str, ...]],
    problems: Problems,
) -> dict[str, str]:
    """What all rows of the section say, in the one spelling of landing files."""
    known = [column.name for column in registry.inputs()[name]]
    found = {}
    for column, value in _mapping(section, "values", f"{where}.values", problems).items():
        if column not in known:
            problems.add(
                f"inputs.yml: `{where}.values.{column}` is not a column of {name}."
                f"{did_you_mean(column, known)}"
            )
        elif column in mapped:
            problems.add(_said_twice(column, where, "values"))
        elif not isinstance(value, str) or not value.strip():
            problems.add(f"inputs.yml: `{where}.values.{column}` must be one text.")
        else:
            text = value.strip()
            form, expected = FORMS.get(registry.value_type(name, column), (r"(?s).*", ""))
            if re.fullmatch(form, text) is None:
                problems.add(
                    f"inputs.yml: `{where}.values.{column}` is {text!r}; it must be {expected}."
                )
            found[column] = text
    return found


def _with_path_columns(
    mapped: Mapping[str, tuple[str, ...]],
    patterns: tuple[str, ...],
    where: str,
    name: str,
    problems: Problems,
) -> dict[str, tuple[str, ...]]:
    """The mapped columns, and those that the file's path says, which have no header."""
    known = [column.name for column in registry.inputs()[name]]
    found = dict(mapped)
    for column in PATH_COLUMN.findall(" ".join(patterns)):
        if column not in known:
            problems.add(
                f"inputs.yml: `{where}.files` has `{{{column}}}`, which is not a column of {name}."
                f"{did_you_mean(column, known)}"
            )
        elif column in mapped:
            problems.add(_said_twice(column, where, "files"))
        else:
            found[column] = ()
    return {column: found[column] for column in known if column in found}


def _mapped(
    section: Mapping[str, object],
    key: str,
    where: str,
    columns: Mapping[str, tuple[str, ...]],
    problems: Problems,
) -> tuple[str, ...]:
    """A list of our columns, all of which the section maps."""
    names = text_list(section.get(key) or [], f"{where}.{key}", problems) or ()
    for column in names:
        if column not in columns:
            problems.add(
                f"inputs.yml: `{where}.{key}` names `{column}`, which `{where}.columns` does not "
                f"map.{did_you_mean(column, columns)}"
            )
    return tuple(column for column in names if column in columns)


def _key(
    section: Mapping[str, object],
    where: str,
    name: str,
    columns: Mapping[str, tuple[str, ...]],
    problems: Problems,
) -> tuple[str, ...]:
    """The declared key, else the input's own one; sales has none unless it is declared."""
    if section.get("key"):
        return _mapped(section, "key", where, columns, problems)
    have = set(columns) | set(substitutes(columns, name))
    if name == LOOKUPS:
        return ("attribute", "code")
    required, added = {
        "orders": (("order_id",), ()),
        "products": (("product_id",), ("valid_from",)),
        "stores": (("store_id",), ("valid_from",)),
        "customers": (("customer_id",), ()),
        "employees": (("employee_id",), ()),
        "stock": (("product_id",), ("store_id", "counted_on")),
        "targets": ((), ("store_id", "month_start_on")),
        "exchange_rates": (("currency",), ("valid_from",)),
    }.get(name, ((), ()))
    for column in required:
        if column not in have:
            problems.add(
                f"inputs.yml: `{where}.columns` needs `{column}`: without it the rows cannot be "
                f"told apart. Add `{column}: its header`."
            )
    return tuple(column for column in (*required, *added) if column in have)


def substitutes(columns: Mapping[str, tuple[str, ...]], name: str) -> dict[str, str]:
    """Identifiers that are not mapped, and the mapped column each is copied from.

    A name stands in for a missing identifier; in sales a product is also known by its
    sub-category or category.
    """
    rules = {
        "product_id": ("product_name",),
        "store_id": ("store_name",),
        "customer_id": ("customer_name",),
        "employee_id": ("employee_name",),
    }
    if name == "sales":
        rules["product_id"] = PRODUCT_COLUMNS[1:]
    known = {column.name for column in registry.inputs()[name]}
    found = {}
    for identifier, sources in rules.items():
        if identifier in known and identifier not in columns:
            source = next((source for source in sources if source in columns), None)
            if source is not None:
                found[identifier] = source
    return found


def _status(
    section: Mapping[str, object],
    where: str,
    columns: Mapping[str, tuple[str, ...]],
    problems: Problems,
) -> Status | None:
    """Which status values are revenue; None when the section does not say."""
    if "status" not in section:
        return None
    rule = _mapping(section, "status", f"{where}.status", problems)
    if "status" not in columns:
        problems.add(
            f"inputs.yml: `{where}.status` is given but `{where}.columns.status` is not. Map the "
            "status column, or remove the rule."
        )
    known = ("revenue", "returns", "not_revenue")
    for key in rule:
        if key not in known:
            problems.add(
                f"inputs.yml: `{where}.status.{key}` is not a key.{did_you_mean(key, known)}"
            )
    lists = []
    for key in known:
        values = text_list(rule.get(key) or [], f"{where}.status.{key}", problems) or ()
        lists.append(tuple(value.strip() for value in values))
    listed = [value for values in lists for value in set(values)]
    for value in sorted({value for value in listed if listed.count(value) > 1}):
        problems.add(
            f"inputs.yml: `{where}.status` lists {value!r} more than once, as revenue, returns or "
            "not revenue. Keep one of them."
        )
    return Status(*lists)


def _lookups(sections: Mapping[str, object], base: Dialect, problems: Problems) -> list[Input]:
    """The `lookups:` section: one input section for each attribute that is named."""
    attributes = sorted(
        {
            column.name
            for name, columns in registry.inputs().items()
            for column in columns
            if name != LOOKUPS and column.value_type == "text"
        }
    )
    found: list[Input] = []
    for attribute in sections:
        where = f"{LOOKUPS}.{attribute}"
        if attribute not in attributes:
            problems.add(
                f"inputs.yml: `{where}` is not a column that can be looked up."
                f"{did_you_mean(attribute, attributes)}"
            )
            continue
        section = _mapping(sections, attribute, where, problems)
        position = sum(len(other.files) for other in found)
        one = _input(
            section,
            where,
            base,
            problems,
            name=LOOKUPS,
            attribute=attribute,
            first_position=position,
        )
        for column in ("code", "name"):
            if section.get("columns") and column not in one.columns:
                problems.add(
                    f"inputs.yml: `{where}.columns` needs `{column}`. Add `{column}: its header`."
                )
        found.append(one)
    return found


def _require_sales(config: Config, has_sales: bool, problems: Problems) -> None:
    """Note what is missing for any figure to be computed: a date, a product, an amount."""
    if not has_sales:
        problems.add(
            "inputs.yml: `sales` is missing. It is the one input that is required: say which "
            "files hold the sales and which columns they have."
        )
        return
    sections = {one.name: one.columns for one in config.inputs}
    keys = {one.name: one.key for one in config.inputs}
    if "orders" in sections and keys.get("orders") != ("order_id",):
        problems.add(
            "inputs.yml: `orders.key` must be [order_id], because sales are joined on it. Where "
            "numbers repeat between stores, map `order_id: [store, number]` in both sections."
        )
    parts = config.named("sales")
    for part in parts:
        if part.columns:
            _require_figures(part, config, sections, problems)
    if len({bool(part.key) for part in parts}) > 1:
        with_key, without = (
            ", ".join(f"`{part.section}`" for part in parts if bool(part.key) is has)
            for has in (True, False)
        )
        problems.add(
            f"inputs.yml: {with_key} has a `key`, {without} has none. Declare one for each, or "
            "for none of them."
        )


def _require_figures(
    part: Input,
    config: Config,
    sections: Mapping[str, Mapping[str, tuple[str, ...]]],
    problems: Problems,
) -> None:
    """Note what a section of sales lacks."""
    sales, place = part.columns, part.section
    orders = sections.get("orders", {})
    products = sections.get("products", {})
    if "orders" in sections and "order_id" not in sales and place == "sales":
        problems.add(
            f"inputs.yml: `{place}.columns` needs `order_id`, because `orders` is joined on it. "
            "Add `order_id: its header`."
        )
    if not {"sold_on", "sold_at"} & {*sales, *orders}:
        problems.add(
            f"inputs.yml: `{place}.columns` has no date. Map `sold_on` or `sold_at` there, or in "
            "`orders` with `order_id` in both."
        )
    if not set(PRODUCT_COLUMNS) & set(sales):
        problems.add(
            f"inputs.yml: `{place}.columns` does not say what was sold. Map `product_id`, "
            "`product_name`, `subcategory` or `category`."
        )
    priced = "quantity" in sales and ("unit_price" in sales or "unit_price" in products)
    if not priced and not {"net_amount", "gross_amount"} & set(sales):
        problems.add(
            f"inputs.yml: `{place}.columns` has no amount. Map `net_amount` or `gross_amount`, or "
            "`quantity` with `unit_price` in sales or in products."
        )
    own = dict(part.values).get("prices_include_tax")
    taxed = own or config.settings.get("prices_include_tax")
    is_known = "tax_rate" in config.settings or {"tax_amount", "tax_rate"} & set(sales)
    if taxed == "true" and not is_known:
        where = f"{place}.values" if own else "settings"
        problems.add(
            f"inputs.yml: `{where}.prices_include_tax` is true, so the tax must be known. "
            f"Add `{where}.tax_rate` (such as 0.2), or map `{place}.columns.tax_amount` or "
            "`tax_rate`."
        )
