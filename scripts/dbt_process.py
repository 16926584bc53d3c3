"""`python -m scripts.dbt_process`: dbt, ready to start, saying what happens as one JSON line each.

It loads dbt, which takes seconds, and then waits on its input for a line with the folder to work in
and dbt's arguments: {"folder": "…", "arguments": […]}. Without one it ends. dbt's own logs format
every debug event before they drop it, which takes a tenth of a small build; here only what is of
level info or above becomes text. The exit code is dbt's.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from typing import Any

LEVELS = ("info", "warn", "error")


def main() -> None:
    """Run dbt once, as asked."""
    from dbt.cli.main import dbtRunner  # noqa: PLC0415  (slow: only this process needs it)

    line = sys.stdin.readline()
    if not line:
        return
    asked = json.loads(line)
    os.chdir(asked["folder"])
    result = dbtRunner(callbacks=[_tell]).invoke(asked["arguments"])
    if result.exception is not None:
        _say(level="error", name="Exception", message=str(result.exception))
    gc.freeze()  # to look for garbage among all that dbt has loaded takes longer than to end
    sys.exit(0 if result.success else 1)


def _tell(event: Any) -> None:
    """Write an event of dbt: level, name, message, and which node of how many it is of."""
    if event.info.level not in LEVELS:
        return
    progress = {}
    if hasattr(event.data, "index") and hasattr(event.data, "total"):
        progress = {
            "index": event.data.index,
            "total": event.data.total,
            "node": event.data.node_info.node_name,
        }
    _say(level=event.info.level, name=event.info.name, message=event.info.msg, **progress)


def _say(**event: Any) -> None:
    print(json.dumps(event), flush=True)


if __name__ == "__main__":
    main()
