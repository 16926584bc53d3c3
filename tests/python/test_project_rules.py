"""The project's rules, held against dbt's manifest rather than against good intentions."""

from __future__ import annotations

import csv
import json
import re

import pytest
from conftest import PROJECT

PREFIXES = {
    "staging": ("stg_",),
    "intermediate": ("int_",),
    "core": ("dim_", "fct_"),
    "quality": (),
    "marts": (),
}
PUBLIC_FOLDERS = ("core", "quality", "marts")


@pytest.fixture(scope="module")
def manifest(sample_warehouse):
    return json.loads((sample_warehouse / "target" / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def models(manifest):
    return {
        node["name"]: node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
    }


@pytest.fixture(scope="module")
def tests_of(manifest):
    """{model name: [data test nodes]}"""
    found = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("attached_node"):
            found.setdefault(node["attached_node"].split(".")[-1], []).append(node)
    return found


def folder_of(model):
    return model["path"].split("/")[0]


def public(models):
    return {name: node for name, node in models.items() if folder_of(node) in PUBLIC_FOLDERS}


def test_only_staging_reads_sources(models):
    readers = {
        name
        for name, node in models.items()
        if any(parent.startswith("source.") for parent in node["depends_on"]["nodes"])
    }
    assert readers
    assert {folder_of(models[name]) for name in readers} == {"staging"}


def test_every_prefix_matches_its_folder(models):
    all_prefixes = tuple(prefix for prefixes in PREFIXES.values() for prefix in prefixes)
    for name, node in models.items():
        prefixes = PREFIXES[folder_of(node)]
        if prefixes:
            assert name.startswith(prefixes), name
        else:
            assert not name.startswith(all_prefixes), name


def test_public_means_contracted_and_described(models):
    for name, node in public(models).items():
        assert node["access"] == "public", name
        assert node["contract"]["enforced"], name
        assert node["columns"], name
        for column in node["columns"].values():
            assert column["data_type"], (name, column["name"])
            assert len(column["description"]) > 10, (name, column["name"])


def test_private_models_are_private(models):
    for name, node in models.items():
        if folder_of(node) not in PUBLIC_FOLDERS:
            assert node["access"] == "private", name


def test_every_description_begins_with_the_grain(models):
    for name, node in models.items():
        assert re.match(r"(\*\*)?One row\b", node["description"]), name


def test_every_public_model_has_a_tested_key(models, tests_of):
    for name in public(models):
        kinds = {node["test_metadata"]["name"] for node in tests_of.get(name, [])}
        assert "unique_key" in kinds, name


def test_every_fact_and_mart_reconciles_upstream(models, tests_of):
    # one row of shape rather than of sums: no total to compare
    without_total = {"fct_stock", "employee_sales_by_store", "employee_sales_regression"}
    # a part of what stands above it; tests/each_incentive_is_the_sum_of_its_lines.sql
    without_total |= {"incentives"}
    for name, node in public(models).items():
        if folder_of(node) == "marts" or name.startswith("fct_"):
            kinds = {test["test_metadata"]["name"] for test in tests_of[name]}
            assert ("reconciles_to" in kinds) != (name in without_total), name


def test_every_key_of_a_dimension_is_related(models, tests_of):
    dimensions = {
        "product_id": "dim_products",
        "store_id": "dim_stores",
        "location_id": "dim_locations",
        "customer_id": "dim_customers",
        "employee_id": "dim_employees",
    }
    for name, node in public(models).items():
        if folder_of(node) == "quality":
            continue
        related = {
            test["column_name"]
            for test in tests_of[name]
            if test["test_metadata"]["name"] == "relationships"
        }
        for test in tests_of[name]:
            if test["test_metadata"]["name"] == "members_exist":
                related |= test["test_metadata"]["kwargs"]["members"].keys()
        for column, dimension in dimensions.items():
            if column in node["columns"] and name != dimension:
                assert column in related, (name, column)


def test_a_name_has_one_meaning(models):
    """A measure is described with the same words wherever it stands."""
    measures = ("revenue_amount", "net_amount", "margin_amount", "cost_amount", "quantity")
    said = {}
    for name, node in public(models).items():
        if name == "fct_sales":
            continue
        for measure in measures:
            if measure in node["columns"]:
                said.setdefault(measure, set()).add(node["columns"][measure]["description"])
    assert {measure: len(words) for measure, words in said.items()} == dict.fromkeys(said, 1)


def test_no_test_is_switched_off_or_only_warns(manifest):
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test":
            assert node["config"]["enabled"], node["name"]
            assert node["config"]["severity"].lower() == "error", node["name"]
    assert not any(
        node["resource_type"] == "test" for nodes in manifest["disabled"].values() for node in nodes
    )


def test_every_model_is_used(manifest, models):
    """A model that nothing reads is public, or should not be there."""
    code = "".join(node["raw_code"] for node in models.values())
    for name, node in models.items():
        if folder_of(node) not in PUBLIC_FOLDERS:
            # `standing` reads what the last build left of a model, without an arrow in the graph
            assert f"standing('{name}')" in code or any(
                child.startswith("model.") for child in manifest["child_map"][node["unique_id"]]
            ), name


def test_the_exposure_names_what_the_report_reads(manifest, models):
    (exposure,) = manifest["exposures"].values()
    declared = {parent.split(".")[-1] for parent in exposure["depends_on"]["nodes"]}
    code = "".join(
        path.read_text(encoding="utf-8") for path in (PROJECT / "scripts" / "report").rglob("*.py")
    )
    read = {name for name in models if re.search(rf"[.\"]{name}\b", code)}
    # of core, only what the page's filters add up
    assert {folder_of(models[name]) for name in read} == {"core", "marts", "quality"}
    assert declared == read


def test_models_have_no_clock_and_no_engine_name(models):
    words = re.compile(
        r"\b(current_date|current_timestamp|now\(|random\(|duckdb|spark|var\()", re.IGNORECASE
    )
    for name, node in models.items():
        assert not words.search(node["raw_code"]), name


def test_the_seed_and_the_sources_name_the_same_inputs(manifest):
    text = (PROJECT / "seeds" / "known_input_columns.csv").read_text(encoding="utf-8")
    inputs = {row["input_name"] for row in csv.DictReader(text.splitlines())}
    sources = {node["name"] for node in manifest["sources"].values()}
    assert sources - {"ledger", "settings", "rejects"} == inputs
