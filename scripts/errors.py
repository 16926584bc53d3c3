"""Errors a user can cause, and how a command ends."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable


class UserError(Exception):
    """Something the user can put right.

    The message is complete in itself: what is wrong, where, and what to do about it.
    """


def run(main: Callable[[], None]) -> None:
    """Run a command's `main` and leave the process.

    Exit status 0 when it returns, 1 with the sentence on stderr for a `UserError`, 130 when
    interrupted. Any other exception is a bug and keeps its traceback.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        main()
    except UserError as error:
        sys.exit(f"Error: {error}")
    except BrokenPipeError:
        # who reads our output has seen enough; the interpreter must not say so once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        sys.exit(130)
