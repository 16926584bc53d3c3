"""Build the candidate warehouse with dbt, in a process of its own.

dbt keeps the lock of the databases it has opened, so it never runs inside another command.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

from scripts.errors import UserError
from scripts.paths import PROJECT

log = logging.getLogger(__name__)


def build(warehouse: Path) -> int:
    """Run `dbt build` on the warehouse; returns how many models, seeds and tests succeeded.

    Unit tests stay out: they test the models, not the data, and belong to `make test`. Raises
    UserError naming each test that failed, how many rows failed it and where they are, or each
    model that could not be built.
    """
    target = warehouse / "target"
    command = [sys.executable, "-m", "dbt.cli.main", "build"]
    command += ["--exclude-resource-type", "unit_test", "--target-path", str(target)]
    command += ["--log-format", "json", "--log-level", "info", "--log-path", str(target / "logs")]
    command += ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    environment = {**os.environ, "WAREHOUSE": str(warehouse), "DBT_SEND_ANONYMOUS_USAGE_STATS": "0"}
    results = target / "run_results.json"
    results.unlink(missing_ok=True)

    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    messages = []
    assert process.stdout is not None
    for line in process.stdout:
        messages.append(_show_progress(line))
    status = process.wait()
    _end_progress()

    if not results.exists():
        errors = [message for message in messages if message]
        raise UserError("dbt could not start:\n" + "\n".join(errors[-20:]))
    outcomes = json.loads(results.read_text(encoding="utf-8"))["results"]
    failures = [_failure(outcome, target) for outcome in outcomes]
    failures = [failure for failure in failures if failure]
    if failures or status != 0:
        raise UserError(
            "The new warehouse did not pass and was not published; "
            "the last published one stays as it was.\n" + "\n".join(failures)
        )
    return len(outcomes)


def _show_progress(line: str) -> str | None:
    """Show how far dbt is on a terminal; returns the text of an error or plain line."""
    try:
        event = json.loads(line)
    except ValueError:
        return line.rstrip()
    data = event.get("data", {})
    if "index" in data and "total" in data and sys.stderr.isatty():
        name = data.get("node_info", {}).get("node_name", "")
        text = f"  {data['index']} of {data['total']}  {name}"
        sys.stderr.write(f"\r\033[K{text[:100]}")
        sys.stderr.flush()
    return event["info"]["msg"] if event["info"]["level"] == "error" else None


def _end_progress() -> None:
    if sys.stderr.isatty():
        sys.stderr.write("\r\033[K")


def _failure(outcome: dict, target: Path) -> str | None:
    """One sentence or two on a node that failed; None for one that did not."""
    name = outcome["unique_id"].split(".")[2]
    if outcome["status"] == "fail":
        manifest = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
        node = manifest["nodes"][outcome["unique_id"]]
        table = f"{node['schema']}.{node['alias']}"
        rule = " ".join(node["description"].split())
        return (
            f"- The test {name} failed on {outcome['failures']} row(s). {rule} "
            f"The rows: table {table} in {target.parent / 'build.duckdb'}."
        )
    if outcome["status"] == "error":
        message = " ".join((outcome["message"] or "").split())
        return f"- {name} could not be built: {message}"
    return None
