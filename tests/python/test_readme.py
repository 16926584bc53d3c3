"""The README is true: every command in it is run here, on a copy of the sample shop."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

import pytest
from conftest import PROJECT, SAMPLE

README = (PROJECT / "README.md").read_text(encoding="utf-8")

# `make test` is what runs this very test; it begins with `make lint`. `make format` would change
# the files under test.
NOT_RUN_AGAIN = {"make test", "make lint", "make format"}


def commands():
    """Every command of the README: the lines of its sh blocks, and `make …` in a sentence."""
    found = [
        line
        for block in re.findall(r"^ *```sh\n(.*?)```", README, re.DOTALL | re.MULTILINE)
        for line in (part.strip() for part in block.splitlines())
        if line
    ]
    outside = re.sub(r"^ *```.*?```", "", README, flags=re.DOTALL | re.MULTILINE)
    found += re.findall(r"`(make(?: [a-z]+(?: [A-Z_]+=[^`]+)?)?)`", outside)
    return list(dict.fromkeys(found))


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(SAMPLE, folder / "shop")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        "SHOP": str(folder / "shop"),
        "WAREHOUSE": str(folder / "warehouse"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }


def run(command, surroundings):
    if not (PROJECT / ".venv" / ".ready-dev").exists():
        pytest.skip("the project's own environment is not set up: run make test")
    command = command.replace("path/to/your/folder", surroundings["SHOP"])
    if command == "make report SHOP=" + surroundings["SHOP"]:
        # the same shop in a warehouse that nobody named
        command += " WAREHOUSE=" + surroundings["WAREHOUSE"]
    return subprocess.run(
        ["bash", "-c", command],
        cwd=PROJECT,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def serves_docs(surroundings):
    """Start `make docs`, fetch the page, and end it, by its own process group."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        ["make", "docs", f"PORT={port}"],
        cwd=PROJECT,
        env=surroundings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        for _ in range(600):
            time.sleep(0.1)
            assert process.poll() is None, process.stdout.read()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                    return page.status == 200 and b"dbt" in page.read()
            except OSError:
                continue
        return False
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=20)


def test_every_command_of_the_readme_works(surroundings):
    ran = []
    # building comes first; the order of the page is kept otherwise
    for command in sorted(commands(), key=lambda text: text != "make report"):
        if command in NOT_RUN_AGAIN:
            continue
        if command == "make docs":
            assert serves_docs(surroundings)
        else:
            result = run(command, surroundings)
            assert result.returncode == 0, (command, result.stdout[-800:], result.stderr[-1500:])
        ran.append(command)
    assert {"make", "make help", "make report", "make setup", "make docs"} & set(ran)
    assert len(ran) >= 10
    print("\n" + "\n".join(ran))


def test_every_target_of_the_makefile_is_listed_by_help(surroundings):
    listed = set(re.findall(r"^  make ([a-z]+)", run("make help", surroundings).stdout, re.M))
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.M))
    assert listed == targets
    assert {"setup", "ingest", "build", "report", "test", "docs", "query", "clean"} <= listed


def test_every_file_the_readme_names_exists():
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if not target.startswith("http"):
            assert (PROJECT / target).exists(), target
    for path in re.findall(r"`((?:scripts|models|data|tests|analyses)/[\w/.-]+)`", README):
        assert (PROJECT / path).exists(), path


def test_every_table_the_readme_names_exists_and_none_is_missing(sample_warehouse):
    from conftest import public_tables

    named = set()
    for cell in re.findall(r"^\| (`(?:core|marts|quality)\.[^|]*) \|", README, re.MULTILINE):
        schema = re.search(r"(core|marts|quality)\.", cell).group(1)
        named |= {(schema, name.split(".")[-1]) for name in re.findall(r"`([\w.]+)`", cell)}
    assert named == set(public_tables(sample_warehouse))
