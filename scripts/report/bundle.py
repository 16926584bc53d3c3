"""Vega, Vega-Lite and Vega-Embed as one script, from the vl-convert package: no CDN, no Node.

Bundling takes a second and a half and holds the interpreter's lock, so it runs in a process of its
own while the charts are drawn.
"""

from __future__ import annotations

import subprocess
import sys

from scripts.report.images import VEGA_LITE

PROGRAM = f"""
import sys, vl_convert
sys.stdout.buffer.write(vl_convert.javascript_bundle(vl_version="{VEGA_LITE}").encode())
"""


class Bundle:
    """A bundle in the making; `text()` waits for it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
        )

    def text(self) -> str:
        """The script. Raises RuntimeError when bundling failed (its own message is on stderr)."""
        content, _ = self._process.communicate()
        if self._process.returncode:
            raise RuntimeError(f"bundling the chart library ended with {self._process.returncode}")
        return content.decode()

    def close(self) -> None:
        """End the process if it still runs, so that a failing report leaves none behind."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdout.close()
