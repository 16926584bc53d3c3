"""`landing/settings.json`: what inputs.yml says about the business, for the models to read."""

from __future__ import annotations

from scripts.ingest import own_tables
from scripts.ingest.config import Config

HEADERS_JOINED_BY = " + "
SECTIONS_JOINED_BY = ", "
WHOLE_NUMBERS = (
    "churn_days",
    "stock_window_days",
    "reorder_days",
    "abc_window_months",
    "alert_deviations",
)


def settings_of(config: Config) -> dict[str, object]:
    """The one object of settings.json; its keys are always all there."""
    given = config.settings
    # (is revenue, is a return)
    statuses: dict[str, tuple[bool, bool]] = {}
    for section in config.inputs:
        if section.status is not None:
            statuses.update(dict.fromkeys(section.status.revenue, (True, False)))
            statuses.update(dict.fromkeys(section.status.returns, (True, True)))
            statuses.update(dict.fromkeys(section.status.not_revenue, (False, False)))
    keys: dict[str, list[str]] = {}
    for section in config.inputs:
        if section.key:
            keys[section.name] = list(section.key)
    return {
        "shop": config.shop,
        "currency": config.currency,
        "locale": config.locale,
        "as_of_date": given.get("as_of_date"),
        "prices_include_tax": given.get("prices_include_tax") == "true",
        "tax_rate": given.get("tax_rate"),
        "fiscal_year_start_month": int(given.get("fiscal_year_start_month", "1")),
        "day_cutoff_hour": int(given.get("day_cutoff_hour", "0")),
        "maximum_quarantined_share": given.get("maximum_quarantined_share", "0.01"),
        # what is not given stays null; the models know what holds then
        **{name: int(given[name]) if name in given else None for name in WHOLE_NUMBERS},
        "rfm_segments": config.tables.get(own_tables.RFM_SEGMENTS),
        "incentive_rules": config.tables.get(own_tables.INCENTIVES),
        "duplicate_key": keys,
        "mapped_columns": [
            {"input_name": name, "column_name": column, "header": SECTIONS_JOINED_BY.join(headers)}
            for (name, column), headers in _mapped_columns(config).items()
        ],
        "statuses": [
            {"status": status, "is_revenue": is_revenue, "is_return": is_return}
            for status, (is_revenue, is_return) in statuses.items()
        ],
        "inputs": sorted({section.name for section in config.inputs}),
    }


def _mapped_columns(config: Config) -> dict[tuple[str, str], list[str]]:
    """The headers behind each mapped (input, column); several lookups land in one input."""
    found: dict[tuple[str, str], list[str]] = {}
    for section in config.inputs:
        for column, headers in section.columns.items():
            given = dict(section.values).get(column)
            if given:
                said = f"{given!r} for all"
            elif column in section.spread:
                said = f"{HEADERS_JOINED_BY.join(section.spread[column])} of the order"
            else:
                said = "not_goods" if column == "is_goods" else f"{{{column}}} of the path"
            header = HEADERS_JOINED_BY.join(headers) or said
            found.setdefault((section.name, column), []).append(header)
    return found
