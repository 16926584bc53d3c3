"""What the files lack, and what follows from it: one sentence each. Unknown is not zero."""

from __future__ import annotations

from decimal import Decimal

from scripts.report.charts.base import Context


def gaps(context: Context) -> list[str]:
    """Sentences about absent inputs, columns and values, what weighs most first."""
    warehouse, formats, words = context.warehouse, context.formats, context.words
    summary = warehouse.summary
    if not warehouse.months:
        return []
    sales = warehouse.inputs.get("sales", set()) | warehouse.inputs.get("orders", set())
    found: list[str] = []

    def say(key: str, **values: str) -> None:
        found.append(words(f"gaps.{key}", **values))

    def share(amount: Decimal) -> str | None:
        """`amount` as a share of revenue; None where it is nothing or a share means nothing."""
        total = summary.revenue_amount
        text = formats.share(amount / total) if total > 0 and amount > 0 else None
        return None if text == formats.share(0) else text

    if summary.cost_amount is None:
        say("no_cost")
    elif summary.revenue_with_cost_amount != summary.revenue_amount and (
        covered := share(summary.revenue_with_cost_amount)
    ):
        say("some_cost", share=covered)
    if "quantity" not in sales:
        say("no_quantity")
    if not summary.order_count:
        say("no_orders")
    if "products" not in warehouse.inputs:
        say("no_products")
    elif not summary.has_price_history and warehouse.inputs["products"] & {
        "unit_price",
        "unit_cost",
    }:
        say("no_price_history")
    if not any(store.store_id != "(unknown)" for store in warehouse.stores):
        say("no_store_at_all")
    elif "stores" not in warehouse.inputs:
        say("no_stores")
    if warehouse.place_level is None:
        say("no_places")
    else:
        if warehouse.place_level != "region":
            say("no_region", level=words(f"levels.{warehouse.place_level}"))
        unknown = [place.revenue_amount for place in warehouse.places if not place.is_known]
        if part := share(sum(unknown, Decimal(0))):
            say("some_places", share=part)
    if not any(store.employee_count for store in warehouse.team):
        say("no_head_count")
    elif not summary.has_head_count_history:
        say("no_head_count_history")
    if "employees" not in warehouse.inputs:
        say("no_employees")
    if not summary.customer_count:
        say("no_customer_at_all")
    else:
        if "customers" not in warehouse.inputs:
            say("no_customers")
        if part := share(summary.anonymous_revenue_amount):
            say("anonymous", share=part)
    if "stock" not in warehouse.inputs and "stock_quantity" not in warehouse.inputs.get(
        "products", set()
    ):
        say("no_stock")
    if "status" not in sales:
        say("no_status")
    if summary.not_revenue_line_count:
        found.append(
            words("gaps.not_revenue", summary.not_revenue_line_count,
                  count=formats.number(summary.not_revenue_line_count),
                  amount=formats.money(summary.not_revenue_amount, cents=True))
        )  # fmt: skip
    return found
