"""Vega, Vega-Lite and Vega-Embed as one script, from the vl-convert package: no CDN, no Node.

Bundling takes seconds and holds the interpreter's lock, so it runs in a process of its own.
"""

from __future__ import annotations

from scripts.report.background import Background
from scripts.report.images import VEGA_LITE

PROGRAM = f"""
import sys, vl_convert
bundle = vl_convert.javascript_bundle(vl_version="{VEGA_LITE}")
if sys.stdin.read():
    sys.stdout.buffer.write(bundle.encode())
"""


class Bundle(Background):
    """A bundle in the making from the start; `text()` waits for it."""

    def __init__(self) -> None:
        super().__init__(["-c", PROGRAM], "bundling the chart library")

    def text(self) -> str:
        """The script. Raises RuntimeError when bundling failed (its own message is on stderr)."""
        self.give(b"now")
        return self.content().decode()
