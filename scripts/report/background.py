"""Python programs that run beside the report and hand back what they write."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

from scripts.paths import PROJECT


class Background:
    """A program that makes some bytes of what it is given.

    It loads what it needs, which takes a second or two, and then reads its input: so it can be
    started before there is anything to give. Given nothing, it ends without a word. `arguments` are
    those of the Python interpreter, `what` names the work if it fails.
    """

    def __init__(self, arguments: list[str], what: str) -> None:
        self._what = what
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            stdin=subprocess.PIPE,
            cwd=PROJECT,
        )

    def give(self, content: bytes) -> None:
        """All that it reads."""
        with suppress(BrokenPipeError), self._process.stdin as stdin:
            stdin.write(content)
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
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
