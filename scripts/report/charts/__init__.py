"""The charts of the report, in the order of the page."""

from __future__ import annotations

from scripts.report.charts.assortment import (
    best_sellers,
    margin_by_category,
    pareto_curve,
    price_changes,
)
from scripts.report.charts.base import Chart, Context
from scripts.report.charts.changes import change_by_category, change_by_place
from scripts.report.charts.customers import (
    customer_cohorts,
    customer_segments,
    customers_by_store,
    customers_to_call,
    top_customers,
)
from scripts.report.charts.discounts import discounted_products, discounts_by_month
from scripts.report.charts.growth import revenue_growth, seasonality
from scripts.report.charts.months import revenue_by_month, top_products_by_month
from scripts.report.charts.products import revenue_by_product
from scripts.report.charts.stock import (
    products_to_reorder,
    stock_by_category,
    stock_by_store,
)
from scripts.report.charts.stores import (
    employees_and_sales,
    product_sales_by_store,
    revenue_by_place,
)
from scripts.report.charts.team import employee_performance, incentives

# how are we doing, where, what sells, who buys, who sells, what is in stock; trust comes last
SECTIONS = {
    "headlines": (
        revenue_by_month,
        revenue_growth,
        seasonality,
        discounts_by_month,
        discounted_products,
    ),
    "places": (revenue_by_place, change_by_place, change_by_category),
    "products": (
        top_products_by_month,
        revenue_by_product,
        pareto_curve,
        best_sellers,
        margin_by_category,
        price_changes,
    ),
    "customers": (
        customers_to_call,
        customer_segments,
        customer_cohorts,
        top_customers,
        customers_by_store,
    ),
    "stores": (product_sales_by_store, employees_and_sales),
    "team": (employee_performance, incentives),
    "stock": (products_to_reorder, stock_by_category, stock_by_store),
}
CHART_IDS = tuple(build.__name__ for builds in SECTIONS.values() for build in builds)

__all__ = ["CHART_IDS", "SECTIONS", "Chart", "Context"]
