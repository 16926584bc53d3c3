"""One line to a webhook when a run failed: `{"text": "…"}` to WEBHOOK_URL, as chat services take.

The address may hold a secret, so it is never written anywhere. That a message could not be posted
is said, and changes nothing else.
"""

from __future__ import annotations

import json
import logging
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from urllib.error import URLError

from scripts.errors import UserError

LONGEST = 1000
SECONDS = 10

log = logging.getLogger(__name__)


@contextmanager
def telling(what: str) -> Iterator[None]:
    """Post what went wrong inside, and let it go on; `what` is the subject of the sentence."""
    try:
        yield
    except UserError as error:
        post(f"{what} was not brought up to date: {error}")
        raise
    except Exception as error:
        post(f"{what} ended with an error of its own: {type(error).__name__}: {error}")
        raise


def post(text: str) -> None:
    """Post one line, shortened to LONGEST characters, where WEBHOOK_URL says, if it says so."""
    address = os.environ.get("WEBHOOK_URL")
    if not address:
        return
    line = " ".join(text.split())
    if len(line) > LONGEST:
        line = line[: LONGEST - 1] + "…"
    try:
        request = urllib.request.Request(
            address,
            data=json.dumps({"text": line}).encode(),
            headers={"Content-Type": "application/json"},
        )
        if request.type not in ("http", "https"):
            raise ValueError("it must begin with http:// or https://")
        with urllib.request.urlopen(request, timeout=SECONDS):
            pass
    except (OSError, ValueError, HTTPException) as error:
        # urllib's own errors do not name the address, the others may
        reason = error.reason if isinstance(error, URLError) else type(error).__name__
        log.warning("The failure could not be posted to WEBHOOK_URL (%s).", reason)
