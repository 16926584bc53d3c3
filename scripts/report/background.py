"""A Python program that runs beside the report and hands back what it writes."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

from scripts.paths import PROJECT


class Background:
    """A program in the making of some bytes; `content()` waits for them.

    `arguments` are those of the Python interpreter, `what` names the work if it fails, `given` is
    what it reads, all of it before it begins.
    """

    def __init__(self, arguments: list[str], what: str, given: bytes = b"") -> None:
        self._what = what
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            cwd=PROJECT,
        )
        with suppress(BrokenPipeError), self._process.stdin as stdin:
            stdin.write(given)
        self._process.stdin = None  # it is closed, which communicate would not expect

    def content(self) -> bytes:
        """What it wrote. Raises RuntimeError when it failed (its own message is on stderr)."""
        content, _ = self._process.communicate()
        if self._process.returncode:
            raise RuntimeError(f"{self._what} ended with {self._process.returncode}")
        return content

    def close(self) -> None:
        """End the program if it still runs, so that a failing report leaves none behind."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdout.close()
