"""The charts of the report, in the order of the page."""

from __future__ import annotations

from scripts.report.charts.base import Chart, Context
from scripts.report.charts.months import revenue_by_month, top_products_by_month
from scripts.report.charts.products import revenue_by_product
from scripts.report.charts.stores import (
    employees_and_sales,
    product_sales_by_store,
    revenue_by_place,
)

SECTIONS = {
    "headlines": (revenue_by_month,),
    "products": (top_products_by_month, revenue_by_product),
    "places": (revenue_by_place,),
    "stores": (product_sales_by_store, employees_and_sales),
}
CHART_IDS = tuple(build.__name__ for builds in SECTIONS.values() for build in builds)

__all__ = ["CHART_IDS", "SECTIONS", "Chart", "Context"]
