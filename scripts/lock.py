"""One lock for each warehouse, so that two commands never change it at the same time."""

from __future__ import annotations

import fcntl
import logging
import os
import re
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.errors import UserError

LOCK_NAME = ".lock"
WAIT_VARIABLE = "LOCK_WAIT_SECONDS"
WAIT_SECONDS = 60.0
POLL_SECONDS = 0.1

# A command that holds the lock may start another one as its child: the child works under
# the lock of its parent instead of waiting for it.
HELD_VARIABLE = "SALES_WAREHOUSE_LOCK_HELD"

log = logging.getLogger(__name__)


@contextmanager
def warehouse_lock(warehouse: Path, wait_seconds: float | None = None) -> Iterator[int | None]:
    """Hold the lock of the warehouse folder, which is created when it is missing.

    Nested use inside one process, and in the processes it starts, does not wait. Raises
    UserError when another process still holds the lock after `wait_seconds` (else the variable
    LOCK_WAIT_SECONDS, else 60), or when the folder cannot be written. A process that ends,
    however it ends, frees its lock, when none of its children was given the handle that this
    yields (None for nested use): a child that has it holds the lock with it.
    """
    path = warehouse / LOCK_NAME
    if wait_seconds is None:
        wait_seconds = lock_wait_seconds()
    try:
        warehouse.mkdir(parents=True, exist_ok=True)
        name = str(path.resolve())
        if os.environ.get(HELD_VARIABLE) == name:
            yield_without_lock = True
        else:
            yield_without_lock = False
            handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise UserError(
            f"The warehouse {warehouse} cannot be written: {error.strerror}. "
            "Free it, or set WAREHOUSE=… to another folder."
        ) from error
    if yield_without_lock:
        yield None
        return
    previous = os.environ.get(HELD_VARIABLE)
    try:
        _acquire(handle, warehouse, wait_seconds)
        os.environ[HELD_VARIABLE] = name
        yield handle
    finally:
        if previous is None:
            os.environ.pop(HELD_VARIABLE, None)
        else:
            os.environ[HELD_VARIABLE] = previous
        os.close(handle)


def holder_of(warehouse: Path) -> str | None:
    """Who holds the lock now, or None. Neither waits nor writes."""
    try:
        handle = os.open(warehouse / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        # a shared lock, given back at once: `_acquire` tries again before it says a word
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        return _named_in(handle)
    finally:
        os.close(handle)


def lock_wait_seconds() -> float:
    """How long to wait for the lock. Raises UserError when the variable says no such number."""
    text = os.environ.get(WAIT_VARIABLE, "").strip()
    if not text:
        return WAIT_SECONDS
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", text):
        raise UserError(
            f"{WAIT_VARIABLE} is {text!r}. Set it to a number of seconds, or leave it out to wait "
            f"{WAIT_SECONDS:.0f} s."
        )
    return float(text)


def _named_in(handle: int) -> str:
    holder = os.pread(handle, 500, 0).decode("utf-8", "replace").strip()
    return holder or "another process"


def _acquire(handle: int, warehouse: Path, wait_seconds: float) -> None:
    """Take the lock of the open file and write into it who holds it."""
    started = time.monotonic()
    tries = 0
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            tries += 1
            holder = _named_in(handle)
            if tries > 1 and time.monotonic() - started >= wait_seconds:
                raise UserError(
                    f"The warehouse {warehouse} is in use by {holder}. "
                    "Wait until it has finished, then run this again."
                ) from None
            if tries == 2:
                log.info("Waiting up to %.0f s: %s is used by %s.", wait_seconds, warehouse, holder)
            time.sleep(POLL_SECONDS)
    text = f"process {os.getpid()} ({_command()})\n".encode()
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, text, 0)
    except OSError as error:
        raise UserError(
            f"The warehouse {warehouse} cannot be written: {error.strerror}."
        ) from error


def _command() -> str:
    """The command line of this process, as a person would type it."""
    return shlex.join(sys.orig_argv)
