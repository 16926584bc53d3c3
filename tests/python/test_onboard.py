"""From a folder that nobody prepared to the figures that are known of it."""

from __future__ import annotations

import shutil
from decimal import Decimal

import pytest
from conftest import build_shop, query, run_module

# folder: (the answers, by the place that asks: all that is asked; the revenue that is known)
FOLDERS = {
    "fr_pme_exercice/comma_iso_accents": (
        {"currency": "EUR", "settings.prices_include_tax": "no"},
        "5268.78",
    ),
    "fr_pme_exercice/semicolon_dmy_ascii": (
        {"currency": "EUR", "settings.prices_include_tax": "no"},
        "5268.78",
    ),
    "superstore_cp1252_dmy": (
        {"currency": "USD", "settings.prices_include_tax": "no"},
        "2297200.8603",
    ),
    "uci_online_retail_2010_12": (
        {"currency": "GBP", "settings.prices_include_tax": "no", "sales.not_goods": "yes"},
        "530356.91",
    ),
    "bikestores": (
        {"currency": "USD", "settings.prices_include_tax": "no", "orders.status": "4,2,1"},
        # 10 322 283.47 less the 264 835.94 of the rejected orders
        "10057447.53",
    ),
    "chinook": ({"currency": "USD", "settings.prices_include_tax": "no"}, "2328.60"),
}


def onboard(shop, check=True, **answers):
    given = [part for place, text in answers.items() for part in ("--answer", f"{place}={text}")]
    return run_module("scripts.onboard", *given, shop=shop, check=check)


@pytest.fixture(scope="module", params=list(FOLDERS))
def onboarded(request, real_files, tmp_path_factory):
    """(name, shop with its new inputs.yml, warehouse) of one real folder."""
    folder = tmp_path_factory.mktemp("onboard")
    shop = folder / "shop"
    shutil.copytree(
        real_files / request.param, shop, ignore=shutil.ignore_patterns("truth.json", "README.md")
    )
    onboard(shop, **FOLDERS[request.param][0])
    build_shop(shop, folder / "warehouse")
    return request.param, shop, folder / "warehouse"


def revenue(warehouse):
    return query(warehouse, "select revenue_amount from marts.shop_summary")[0][0]


def test_a_real_folder_reaches_its_known_revenue(onboarded):
    name, _, warehouse = onboarded
    expected = Decimal(FOLDERS[name][1])
    assert revenue(warehouse).quantize(expected) == expected
    assert query(warehouse, "select bool_and(is_balanced) from quality.file_ledger") == [(True,)]
