"""Plain dbt on the project: what `make setup` promises, and all unit tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from conftest import PROJECT, SAMPLE, run_module


def dbt(warehouse, *arguments):
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "dbt.cli.main",
            *arguments,
            "--target-path",
            str(warehouse / "target-of-test"),
        ],
        cwd=PROJECT,
        env={
            **os.environ,
            "SHOP": str(SAMPLE),
            "WAREHOUSE": str(warehouse),
            "DBT_PROFILES_DIR": str(PROJECT),
            "NO_COLOR": "1",
        },
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    warehouse = tmp_path_factory.mktemp("plain") / "warehouse"
    run_module("scripts.ingest", shop=SAMPLE, warehouse=warehouse)
    return warehouse


def test_dbt_build_passes_every_model_data_test_and_unit_test(landed):
    run = dbt(landed, "build")
    assert run.returncode == 0, run.stdout[-3000:]
    results = json.loads((landed / "target-of-test" / "run_results.json").read_text())["results"]
    kinds = {}
    for result in results:
        kind = result["unique_id"].split(".")[0]
        kinds.setdefault(kind, set()).add(result["status"])
        kinds[f"{kind}s"] = kinds.get(f"{kind}s", 0) + 1
    assert kinds["model"] == {"success"}
    assert kinds["test"] == kinds["unit_test"] == {"pass"}
    assert kinds["unit_tests"] >= 28
    assert kinds["tests"] >= 65
    print(
        f"\n{kinds['models']} models, {kinds['tests']} data tests, "
        f"{kinds['unit_tests']} unit tests passed"
    )


def test_dbt_docs_are_generated_with_every_public_table(landed):
    run = dbt(landed, "docs", "generate")
    assert run.returncode == 0, run.stdout[-3000:]
    catalog = json.loads((landed / "target-of-test" / "catalog.json").read_text())
    manifest = json.loads((landed / "target-of-test" / "manifest.json").read_text())
    public = {
        unique_id
        for unique_id, node in manifest["nodes"].items()
        if node["resource_type"] == "model" and node["access"] == "public"
    }
    assert public <= set(catalog["nodes"])
    assert all(catalog["nodes"][unique_id]["columns"] for unique_id in public)


def test_plain_dbt_before_any_ingest_says_what_to_do(tmp_path):
    run = dbt(tmp_path, "build")
    assert run.returncode != 0
    assert "Nothing has been ingested" in run.stdout
    assert "make setup" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr
