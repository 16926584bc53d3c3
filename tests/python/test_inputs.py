"""inputs.yml: what is wrong is named by its key, with the fix."""

from __future__ import annotations

import pytest
from test_ingest_helpers import INPUTS, Shop

from scripts.errors import UserError
from scripts.ingest.config import load


def load_text(tmp_path, text):
    (tmp_path / "inputs.yml").write_text(text, encoding="utf-8")
    return load(tmp_path)


def fault(tmp_path, text):
    with pytest.raises(UserError) as caught:
        load_text(tmp_path, text)
    return str(caught.value)


def changed(old, new):
    assert old in INPUTS
    return INPUTS.replace(old, new)


PARTS = """\
shop: Test
currency: EUR
sales:
  till: {files: a.csv, columns: {sold_on: d, product_id: p, net_amount: n}}
  web: {files: b.csv, columns: {sold_on: d, product_id: p, quantity: q, unit_price: u}}
"""
WRONG = [
    (changed("sold_on: day", "sold_onn: day"), ["`sales.columns.sold_onn`", "`sold_on`"]),
    (changed("sold_on: day", "Day: sold_on"), ["`sales.columns.Day`", "`sold_on: Day`"]),
    (changed("sold_on: day", "sold_on: "), ["`sales.columns.sold_on` is empty"]),
    (changed("sold_on: day", "sold_on: {a: b}"), ["`sales.columns.sold_on` must be one text"]),
    (changed("currency: EUR", "currency: €"), ["`currency`", "`EUR`"]),
    (changed("currency: EUR", "currency: eur"), ["`currency`", "`EUR`"]),
    (changed("currency: EUR\n", ""), ["`currency` is missing"]),
    (changed("shop: Test\n", ""), ["`shop` is missing"]),
    (changed("shop: Test", "shopp: Test"), ["`shopp` is not a key", "`shop`"]),
    (INPUTS + "produits: {}\n", ["`produits` is not a key", "`products`"]),
    (INPUTS + "  fils: x.csv\n", ["`sales.fils` is not a key", "`files`"]),
    (changed("  files: sales*.csv\n", ""), ["`sales.files` is missing"]),
    (changed("  files: sales*.csv", "  files: {a: b}"), ["`sales.files` must be one text"]),
    ("shop: A\ncurrency: EUR\n", ["`sales` is missing"]),
    (changed("sold_on: day, ", ""), ["no date", "`sold_on`"]),
    (changed("product_id: product, ", ""), ["what was sold", "`product_id`"]),
    (changed(", net_amount: amount", ""), ["no amount", "`unit_price`"]),
    (INPUTS + "shop: Again\n", ["line 6", "`shop` is written twice"]),
    (
        changed("sold_on: day", "sold_on: day, sold_on: other"),
        ["`sales.columns.sold_on` is written twice"],
    ),
    (INPUTS + "\tx: 1\n", ["is not YAML", "line 6"]),
    ("", ["is empty"]),
    ("- a\n- b\n", ["`key: value`"]),
    (INPUTS + "defaults: {delimitr: ';'}\n", ["`defaults.delimitr`", "`delimiter`"]),
    (INPUTS + "defaults: {delimiter: ';;'}\n", ["`defaults.delimiter`"]),
    (INPUTS + "defaults: {encoding: utf-61}\n", ["`defaults.encoding`", "cp1252"]),
    (INPUTS + "defaults: {encoding: base64}\n", ["`defaults.encoding`", "cp1252"]),
    (INPUTS + "defaults: {decimal: ';'}\n", ["`defaults.decimal`"]),
    (INPUTS + "defaults: {decimal: ',', thousands: ','}\n", ["`defaults.thousands`"]),
    (INPUTS + "defaults: {date: DD/MM/YYYY}\n", ["`defaults.date`", "`%d/%m/%Y`"]),
    (INPUTS + "defaults: {date: '%d/%m'}\n", ["`defaults.date`", "whole date"]),
    (INPUTS + "defaults: {date: '%d/%m/%Q'}\n", ["`defaults.date`", "strptime"]),
    (
        INPUTS + "defaults: {date: ['%d/%m/%Y', '%m/%d/%Y']}\n",
        ["`defaults.date`", "%d/%m/%Y", "%m/%d/%Y", "01/02/2003", "2003-01-02", "2003-02-01"],
    ),
    (INPUTS + "defaults: {header_rows: 0}\n", ["`defaults.header_rows`"]),
    (INPUTS + "  range: A1\n", ["`sales.range`", "A3:F200"]),
    (INPUTS + "  range: C3:A1\n", ["`sales.range`"]),
    (INPUTS + "  sheet: {a: b}\n", ["`sales.sheet`", "one name"]),
    (INPUTS + "  sheet: []\n", ["`sales.sheet`", "names of sheets"]),
    (INPUTS + "  fill_down: [sale_id]\n", ["`sales.fill_down`", "`sale_id`"]),
    (changed("sales*.csv", "sales_{stor}.csv"), ["`{stor}`", "`store_id`"]),
    (changed("sales*.csv", "sales_{sold_on}.csv"), ["`sold_on`", "one place"]),
    (INPUTS + "defaults: {header_line: 0}\n", ["`defaults.header_line`"]),
    (INPUTS + "  percent: [discount_rate]\n", ["`sales.percent`", "discount_rate"]),
    (INPUTS + "  key: [sale_id]\n", ["`sales.key`", "`sale_id`"]),
    (INPUTS + "  optional: [quantty]\n", ["`sales.optional`", "`quantity`"]),
    (INPUTS + "  update: merge\n", ["`sales.update`", "append"]),
    (INPUTS + "  status: {revenue: [a]}\n", ["`sales.columns.status`"]),
    (INPUTS + "  spread: {discount_amount: D}\n", ["`sales.spread.discount_amount`", "`order_id`"]),
    (
        changed("sold_on: day", "sold_on: day, order_id: o") + "  spread: {quantity: D}\n",
        ["`sales.spread.quantity`", "discount_amount"],
    ),
    (
        INPUTS + "products: {files: p.csv, columns: {product_id: c}, not_goods: [x]}\n",
        ["`products.not_goods`"],
    ),
    (INPUTS + "  no_line_without: [store_id]\n", ["`sales.no_line_without`", "`store_id`"]),
    (INPUTS + "  values: {store_nam: A}\n", ["`sales.values.store_nam`", "`store_name`"]),
    (INPUTS + "  values: {quantity: 1}\n", ["`quantity`", "`sales.values`", "one place"]),
    (INPUTS + "  values: {tax_rate: 20}\n", ["`sales.values.tax_rate`", "0.2 for 20 %"]),
    (INPUTS + "  values: {prices_include_tax: maybe}\n", ["true or false"]),
    (INPUTS + "  values: {sold_at: noon}\n", ["`sales.values.sold_at`", "2026-11-21 14:05:00"]),
    (
        INPUTS + "  values: {prices_include_tax: true}\n",
        ["`sales.values.tax_rate`", "must be known"],
    ),
    (PARTS.replace("b.csv", "b.csv, key: [sold_on]"), ["`sales.web` has a `key`", "`sales.till`"]),
    (PARTS.replace("quantity: q", "brand: q"), ["`sales.web.columns` has no amount"]),
    (PARTS.replace("files: b.csv, ", ""), ["`sales.web.files` is missing"]),
    (INPUTS + "settings: {as_of_dat: 2026-01-01}\n", ["`settings.as_of_dat`", "`as_of_date`"]),
    (INPUTS + "settings: {as_of_date: 31/12/2026}\n", ["`settings.as_of_date`"]),
    (INPUTS + "settings: {tax_rate: 20}\n", ["`settings.tax_rate`", "0.2"]),
    (INPUTS + "settings: {fiscal_year_start_month: 13}\n", ["from 1 to 12"]),
    (INPUTS + "settings: {abc_window_months: 0}\n", ["from 1 to 60"]),
    (INPUTS + "settings: {alert_deviations: 2.5}\n", ["from 1 to 20"]),
    (INPUTS + "settings: {day_cutoff_hour: 24}\n", ["from 0 to 23"]),
    (INPUTS + "settings: {churn_days: 0}\n", ["churn_days", "from 1 to 3650"]),
    (INPUTS + "settings: {stock_window_days: 4000}\n", ["stock_window_days", "from 1 to 3650"]),
    (INPUTS + "settings: {reorder_days: soon}\n", ["reorder_days", "from 1 to 3650"]),
    (INPUTS + "settings: {prices_include_tax: maybe}\n", ["true or false"]),
    (INPUTS + "settings: {prices_include_tax: true}\n", ["`settings.tax_rate`", "tax_amount"]),
    (INPUTS + "accept: [sales.csv]\n", ["`accept`", "@"]),
    (INPUTS + "orders: {files: o.csv, columns: {order_id: o}}\n", ["needs `order_id`"]),
    (INPUTS + "products: {files: p.csv, columns: {category: c}}\n", ["`products.columns`"]),
    (
        INPUTS + "lookups: {categry: {files: c.csv, columns: {code: a, name: b}}}\n",
        ["`lookups.categry`", "`category`"],
    ),
    (
        INPUTS + "lookups: {category: {files: c.csv, columns: {code: a}}}\n",
        ["`lookups.category.columns` needs `name`"],
    ),
]


@pytest.mark.parametrize(("text", "parts"), WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_a_mistake_is_named_with_its_key_and_the_fix(tmp_path, text, parts):
    message = fault(tmp_path, text)
    for part in parts:
        assert part in message


def test_the_sketch_of_the_design_is_valid(tmp_path):
    config = load_text(
        tmp_path,
        """
shop: Comptoir du Sud
currency: EUR
defaults: {delimiter: ";", encoding: utf-8, decimal: ",", date: "%d/%m/%Y"}
sales:
  files: ventes*.csv
  columns:                      # ours: theirs
    sold_on: Date
    product_id: ID Référence produit
    store_id: ID Magasin
    quantity: Quantité
products:
  files: produits.csv
  columns: {product_id: ID Référence produit, product_name: Nom, unit_price: Prix}
stores:
  files: magasins.csv
  columns: {store_id: ID Magasin, city: Ville, employee_count: Nombre de salariés}
""",
    )
    assert [one.name for one in config.inputs] == ["sales", "products", "stores"]
    assert config.inputs[0].dialect.decimal == ","
    assert config.inputs[0].key == ()
    assert config.inputs[1].key == ("product_id",)


def test_several_mistakes_are_all_listed(tmp_path):
    message = fault(tmp_path, "currency: euro\nsales: {files: a.csv, columns: {sold_onn: b}}\n")
    assert "`shop`" in message
    assert "`currency`" in message
    assert "`sales.columns.sold_onn`" in message


def test_values_stay_the_text_they_are_written_as(tmp_path):
    text = INPUTS.replace("sold_on: day", "sold_on: day, status: no")
    text += "  status: {revenue: [1, 02, yes], not_revenue: [no, NULL]}\n  null_text: [NULL]\n"
    sales = load_text(tmp_path, text).inputs[0]
    assert sales.status.revenue == ("1", "02", "yes")
    assert sales.status.not_revenue == ("no", "NULL")
    assert sales.columns["status"] == ("no",)
    assert sales.dialect.null_text == ("NULL",)


def test_a_folder_that_is_not_there_or_has_no_inputs_yml(tmp_path):
    with pytest.raises(UserError, match=r"no folder .*SHOP="):
        load(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"no inputs\.yml"):
        load(tmp_path)
    (tmp_path / "a.csv").write_text("x")
    with pytest.raises(UserError, match="is a file"):
        load(tmp_path / "a.csv")


def test_an_inputs_yml_that_is_not_utf8(tmp_path):
    (tmp_path / "inputs.yml").write_bytes("shop: Café".encode("cp1252"))
    with pytest.raises(UserError, match="not UTF-8"):
        load(tmp_path)


def test_a_status_column_needs_a_rule_and_shows_the_values(tmp_path):
    shop = Shop(tmp_path, INPUTS.replace("sold_on: day", "sold_on: day, status: state"))
    shop.write(
        "sales.csv", "day,product,quantity,amount,state\n" + "d,p,1,2,paid\n" * 3 + "d,p,1,2,x\n"
    )
    with pytest.raises(UserError) as caught:
        shop.ingest()
    message = str(caught.value)
    assert "`sales.status` is missing" in message
    assert "decision only you can make" in message
    assert "paid (3), x (1)" in message


def test_a_status_that_is_revenue_here_and_not_there(tmp_path):
    rule = "  status: {revenue: [a], not_revenue: [b]}\n"
    text = INPUTS.replace("sold_on: day", "order_id: o, sold_on: day, status: state") + rule
    text += "orders:\n  files: orders.csv\n  columns: {order_id: o, status: state}\n"
    text += "  status: {revenue: [b], not_revenue: [c]}\n"
    shop = Shop(tmp_path, text)
    shop.write("sales.csv", "o,day,product,quantity,amount,state\n")
    shop.write("orders.csv", "o,state\n")
    with pytest.raises(
        UserError, match="'b' is under `not_revenue` in one section and under `revenue`"
    ):
        shop.ingest()


def test_settings_are_written_for_the_models(tmp_path):
    text = INPUTS.replace("sold_on: day", "sold_on: [day, hour], status: s")
    text += "  status: {revenue: [1], returns: [3], not_revenue: [2]}\n"
    text += "  key: [product_id, sold_on]\n"
    text += "locale: fr\nsettings: {as_of_date: 2026-01-31, prices_include_tax: yes, tax_rate: 0.2,"
    text += " fiscal_year_start_month: 07, day_cutoff_hour: 4, maximum_quarantined_share: 0.05,"
    text += " churn_days: 060, reorder_days: 7, alert_deviations: 4}\n"
    shop = Shop(tmp_path, text)
    shop.write("sales.csv", "day,hour,product,quantity,amount,s\n")
    shop.ingest()
    settings = shop.settings()
    assert settings == {
        "shop": "Test",
        "currency": "EUR",
        "locale": "fr",
        "as_of_date": "2026-01-31",
        "prices_include_tax": True,
        "tax_rate": "0.2",
        "fiscal_year_start_month": 7,
        "day_cutoff_hour": 4,
        "maximum_quarantined_share": "0.05",
        "churn_days": 60,
        "stock_window_days": None,
        "reorder_days": 7,
        "abc_window_months": None,
        "alert_deviations": 4,
        "rfm_segments": None,
        "incentive_rules": None,
        "duplicate_key": {"sales": ["product_id", "sold_on"]},
        "mapped_columns": [
            {"input_name": "sales", "column_name": "product_id", "header": "product"},
            {"input_name": "sales", "column_name": "sold_on", "header": "day + hour"},
            {"input_name": "sales", "column_name": "quantity", "header": "quantity"},
            {"input_name": "sales", "column_name": "net_amount", "header": "amount"},
            {"input_name": "sales", "column_name": "status", "header": "s"},
        ],
        "statuses": [
            {"status": "1", "is_revenue": True, "is_return": False},
            {"status": "3", "is_revenue": True, "is_return": True},
            {"status": "2", "is_revenue": False, "is_return": False},
        ],
        "inputs": ["sales"],
    }


def test_a_changed_setting_is_a_change_although_no_file_is_new(tmp_path):
    shop = Shop(tmp_path)
    shop.write("sales.csv", "day,product,quantity,amount\n2026-01-01,a,1,2\n")
    assert shop.ingest().changed
    assert not shop.ingest().changed
    shop.add_to_inputs("locale: fr\n")
    summary = shop.ingest()
    assert (summary.changed, summary.read, summary.unchanged) == (True, 0, 1)
    assert shop.settings()["locale"] == "fr"
