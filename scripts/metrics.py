"""`python -m scripts.metrics`: ask the published file for metrics, by MetricFlow.

What stands in ASK is given to `mf`, like `query --metrics revenue --group-by metric_time__month`.
Without it, the metrics are listed with what each can be grouped by.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from scripts.errors import UserError, run
from scripts.paths import PROJECT, published_file

PROFILES = PROJECT / "deploy" / "metricflow"
# apart from where dbt notes what it has parsed for builds, which have another profile
TARGET = PROJECT / "target" / "metrics"
MANIFEST = "semantic_manifest.json"


def main() -> None:
    """Bring the list of metrics up to date, and pass the question on; the exit code is mf's."""
    folder = Path(sys.executable).parent
    if not (folder / "mf").exists():
        raise UserError("MetricFlow is not installed: pip install -r requirements-metrics.txt")
    published = published_file()
    if not published.exists():
        raise UserError(f"There is no published warehouse at {published}: run `make report` first.")
    environment = {
        **os.environ,
        "PUBLISHED": str(published),
        "DBT_PROFILES_DIR": str(PROFILES),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    parsed = subprocess.run(
        [folder / "dbt", "--quiet", "parse", "--target-path", TARGET],
        cwd=PROJECT,
        env=environment,
        check=False,
    )
    if parsed.returncode:
        raise UserError("dbt could not read the models; its message stands above.")
    # mf looks for it where a project's dbt puts it
    shutil.copyfile(TARGET / MANIFEST, TARGET.parent / MANIFEST)
    try:
        asked = shlex.split(os.environ.get("ASK") or "list metrics")
    except ValueError as error:
        raise UserError(f"ASK cannot be read ({error}). Close every quotation mark.") from error
    if asked[0] == "query" and "--quiet" not in asked:
        asked.append("--quiet")
    sys.exit(
        subprocess.run(
            [folder / "mf", *asked], cwd=PROJECT, env=environment, check=False
        ).returncode
    )


if __name__ == "__main__":
    run(main)
