"""What a command costs: time, processor, memory and disk, of it and all the processes it starts."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.errors import UserError
from scripts.paths import PROJECT

IS_LINUX = sys.platform == "linux"
SAMPLE_SECONDS = 0.05
# The list of processes is read anew every so many samples: reading it costs more than a sample.
SAMPLES_PER_LIST = 4
BLOCK_BYTES = 512  # of ru_oublock, whatever the file system's own


@dataclass(frozen=True)
class Cost:
    """What one run of a command cost; what the system does not tell is None.

    wall_seconds, cpu_seconds (user and system, all processes), peak_bytes (the greatest sum of the
    resident memory of all processes at one moment, sampled, and never less than what the system
    says of the largest process), written_bytes (handed to the file system for a disk; zero on one
    in memory).
    """

    wall_seconds: float
    cpu_seconds: float | None
    peak_bytes: int | None
    written_bytes: int | None

    def as_dict(self) -> dict[str, float | None]:
        return asdict(self)


def measure(command: list[str], environment: dict[str, str] | None = None) -> Cost:
    """Run a command from the project's folder, in a process group of its own.

    Raises UserError with the end of what it said when it fails.
    """
    variables = {**os.environ, **(environment or {})}
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    sampler = _Sampler(process.pid)
    said: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=lambda: said.extend(process.stderr), daemon=True)
    reader.start()
    sampler.start()
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        os.killpg(process.pid, 9)
        raise
    finally:
        sampler.stop()
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    reader.join(timeout=5)
    process.stderr.close()
    if process.returncode != 0:
        raise UserError(
            f"`{' '.join(command[1:])}` failed, so there is nothing to measure: "
            f"{''.join(said[-20:]).strip()}"
        )
    if not IS_LINUX:
        return Cost(wall, None, None, None)
    largest = usage.ru_maxrss
    if largest <= resource.getrusage(resource.RUSAGE_SELF).ru_maxrss:
        largest = 0  # a process begins as a copy of the one that starts it, and inherits its peak
    return Cost(
        wall_seconds=wall,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_bytes=max(sampler.peak_bytes, largest * 1024),
        written_bytes=usage.ru_oublock * BLOCK_BYTES,
    )


class _Sampler(threading.Thread):
    """Sums the resident memory of a session's processes, again and again."""

    def __init__(self, session: int) -> None:
        super().__init__(daemon=True)
        self.peak_bytes = 0
        self._session = session
        self._ended = threading.Event()

    def run(self) -> None:
        if not IS_LINUX:
            return
        page = os.sysconf("SC_PAGE_SIZE")
        sample = 0
        processes: list[Path] = []
        while not self._ended.is_set():
            if sample % SAMPLES_PER_LIST == 0:
                processes = [*_processes_of(self._session)]
            resident = sum(_resident_pages(process) for process in processes) * page
            self.peak_bytes = max(self.peak_bytes, resident)
            sample += 1
            self._ended.wait(SAMPLE_SECONDS)

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _processes_of(session: int) -> list[Path]:
    """The /proc folders of all processes of a session."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 (a quarter of the time of Path.iterdir)
        if not name.isdigit():
            continue
        folder = Path("/proc") / name
        try:
            # the name in brackets may hold anything; state, parent, group, session follow it
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            found.append(folder)
    return found


def _resident_pages(process: Path) -> int:
    try:
        return int((process / "statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
