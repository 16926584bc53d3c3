"""What dbt gives to a template, as far as the linter needs it to render the models.

The linter renders with plain Jinja, because its dbt templater opens (and locks) the warehouse.
"""

from __future__ import annotations

from jinja2 import pass_context

execute = False


class adapter:  # noqa: N801 - the name that templates use
    """The adapter object: it finds the DuckDB variant of a macro."""

    @staticmethod
    @pass_context
    def dispatch(context, macro_name):  # called by Jinja
        return context.resolve(f"duckdb__{macro_name}")
