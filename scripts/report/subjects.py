"""Which published table belongs to which subject of the workbook: the one place that says so.

A mart that is not named here joins the subject of its folder below `models/marts`.
"""

from __future__ import annotations

from scripts.paths import PROJECT
from scripts.report.tables import Published

# in the order of the report; a subject's tables in the order of their sheets
SUBJECTS: dict[str, tuple[str, ...]] = {
    "headlines": (
        "revenue_by_month",
        "revenue_growth",
        "seasonality",
        "revenue_by_day",
        "shop_summary",
    ),
    "places": (
        "revenue_by_region",
        "revenue_by_location",
        "revenue_by_region_city_store",
        "revenue_change_by_region_category",
    ),
    "products": (
        "revenue_by_product",
        "best_sellers",
        "product_abc",
        "pareto_summary",
        "margin_by_category",
        "discounts_by_product_month",
        "price_history",
        "monthly_product_sales",
        "product_sales_by_store",
        "revenue_by_product_region_month",
    ),
    "customers": (
        "customer_rfm",
        "top_customers",
        "customer_value",
        "monthly_customer_spend",
        "customer_cohorts",
        "customer_activity_by_store",
    ),
    "stores": (
        "revenue_by_store",
        "employee_sales_by_store",
        "employee_sales_ratio",
        "employee_sales_regression",
    ),
    "team": ("monthly_employee_performance", "incentives", "incentive_lines"),
    "stock": ("stock_levels", "stock_by_category", "stock_by_store"),
    "trust": (
        "file_ledger",
        "balance",
        "quarantine",
        "rejects",
        "replaced_records",
        "findings",
        "input_columns",
        "freshness",
        "volumes_by_day",
    ),
    "more": (),
}
# tables to query, not to read: one line says little, and they would be most of the workbook
FINE = ("revenue_by_product_region_month", "monthly_customer_spend", "incentive_lines")
FOLDERS = {"sales": "headlines", "quality": "trust"}


def by_subject(tables: list[Published]) -> dict[str, list[Published]]:
    """The tables of each subject that has any."""
    found: dict[str, list[Published]] = {subject: [] for subject in SUBJECTS}
    for table in tables:
        found[_subject_of(table)].append(table)
    for subject, names in SUBJECTS.items():
        found[subject].sort(
            key=lambda table, names=names: (
                names.index(table.name) if table.name in names else len(names),
                table.name,
            )
        )
    return {subject: members for subject, members in found.items() if members}


def _subject_of(table: Published) -> str:
    named = (subject for subject, names in SUBJECTS.items() if table.name in names)
    if subject := next(named, None):
        return subject
    if table.schema == "quality":
        return "trust"
    model = next((PROJECT / "models" / "marts").glob(f"*/{table.name}.sql"), None)
    folder = model.parent.name if model else ""
    subject = FOLDERS.get(folder, folder)
    return subject if subject in SUBJECTS else "more"
