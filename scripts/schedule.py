"""`python -m scripts.schedule`: a crontab line and a systemd timer for a daily `make report`.

It prints them and changes nothing. AT is the time of day (default 06:00); SHOP and WAREHOUSE are
those of the command. The run writes what it says to `schedule.log` in the warehouse's folder.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from scripts.errors import UserError, run
from scripts.paths import PROJECT, shop_folder, warehouse_folder

TEXT = """\
# Either: one line of `crontab -e`
{cron}

# Or: two files in ~/.config/systemd/user, then `systemctl --user enable --now {name}.timer`
# {name}.service
[Unit]
Description=Sales warehouse of {shop_name}

[Service]
Type=oneshot
WorkingDirectory={project}
{environment}
ExecStart=/usr/bin/env make report

# {name}.timer
[Unit]
Description=Every day at {at}

[Timer]
OnCalendar=*-*-* {at}:00
Persistent=true

[Install]
WantedBy=timers.target

# A failed run ends with an exit code other than zero and leaves the last generation published.
# With WEBHOOK_URL in its environment it also posts one line there: {{"text": "what went wrong"}}.
"""


def schedule(project: Path, shop: Path, warehouse: Path, at: str) -> str:
    """The text to print. Raises UserError when `at` is no time or a path has a line break."""
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", at)
    if not match:
        raise UserError(f"AT={at} is no time of day: write hours and minutes, like AT=06:30.")
    if any(not str(path).isprintable() for path in (project, shop, warehouse)):
        raise UserError("A path with line breaks cannot be scheduled: rename the folder.")
    hour, minute = (int(part) for part in match.groups())
    folders = {"SHOP": str(shop), "WAREHOUSE": str(warehouse)}
    assignments = " ".join(f"{name}={shlex.quote(path)}" for name, path in folders.items())
    command = (
        f"mkdir -p {shlex.quote(str(warehouse))} && cd {shlex.quote(str(project))}"
        f" && {assignments} make report >> {shlex.quote(str(warehouse / 'schedule.log'))} 2>&1"
    )
    return TEXT.format(
        # to cron an unescaped percent sign ends the line
        cron=f"{minute} {hour} * * * {command}".replace("%", r"\%"),
        name="sales-warehouse-" + (re.sub(r"[^A-Za-z0-9_]+", "-", shop.name).strip("-") or "shop"),
        shop_name=_for_systemd(shop.name),
        project=_for_systemd(str(project)),
        environment="\n".join(
            f'Environment="{_for_systemd(f"{name}={path}", quoted=True)}"'
            for name, path in folders.items()
        ),
        at=f"{hour:02}:{minute:02}",
    )


def _for_systemd(text: str, quoted: bool = False) -> str:
    """Text of a unit file: percent signs are specifiers there, in quotes backslashes escape."""
    text = text.replace("%", "%%")
    return text.replace("\\", r"\\").replace('"', r"\"") if quoted else text


def main() -> None:
    """Print the text for this project, shop and warehouse."""
    shop, warehouse = shop_folder().resolve(), warehouse_folder().resolve()
    print(schedule(PROJECT, shop, warehouse, os.environ.get("AT") or "06:00"), end="")


if __name__ == "__main__":
    run(main)
