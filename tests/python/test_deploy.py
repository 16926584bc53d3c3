"""Scheduling, webhooks, and what stands under deploy/."""

from __future__ import annotations

import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import small_shop
import yaml
from conftest import PROJECT, REQUIRE_ALL, build_shop, run_module

from scripts.errors import UserError
from scripts.notify import LONGEST, post, telling
from scripts.schedule import schedule

DEPLOY = PROJECT / "deploy"
AIRFLOW = PROJECT / ".venv-airflow" / "bin" / "python"


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append((self.headers["Content-Type"], json.loads(body)))
        self.send_response(self.server.answer)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def webhook():
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    server.received, server.answer = [], 200
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    server.address = f"http://127.0.0.1:{server.server_port}/hook?token=secret-token"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


# --- the webhook


def test_a_failed_run_posts_one_line_and_leaves_what_was_published(tmp_path, webhook):
    shop, warehouse = small_shop.write_shop(tmp_path / "shop"), tmp_path / "warehouse"
    build_shop(shop, warehouse, WEBHOOK_URL=webhook.address)
    assert webhook.received == []
    published = (warehouse / "sales.duckdb").read_bytes()
    (shop / "inputs.yml").write_text("shop: [", encoding="utf-8")
    run = build_shop(shop, warehouse, check=False, WEBHOOK_URL=webhook.address)
    assert run.returncode == 1
    [(kind, said)] = webhook.received
    assert kind == "application/json"
    assert said["text"].startswith("The warehouse of shop was not brought up to date: ")
    assert "inputs.yml" in said["text"]
    assert "\n" not in said["text"]
    assert (warehouse / "sales.duckdb").read_bytes() == published
    assert "secret-token" not in run.stdout + run.stderr


def test_an_error_of_ours_is_posted_too(monkeypatch, webhook):
    monkeypatch.setenv("WEBHOOK_URL", webhook.address)
    with pytest.raises(ZeroDivisionError), telling("It"):
        1 / 0  # noqa: B018
    [(_, said)] = webhook.received
    assert said["text"] == "It ended with an error of its own: ZeroDivisionError: division by zero"


def test_a_long_message_is_shortened(monkeypatch, webhook):
    monkeypatch.setenv("WEBHOOK_URL", webhook.address)
    post("a\nb " * LONGEST)
    [(_, said)] = webhook.received
    assert len(said["text"]) == LONGEST
    assert said["text"].startswith("a b a b") and said["text"].endswith("…")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/x?token=secret-token",
        "http://127.0.0.1:1/secret-token and a blank",
        "secret-token",
        "file:///secret-token",
    ],
)
def test_what_cannot_be_posted_is_said_without_the_address(monkeypatch, caplog, address):
    monkeypatch.setenv("WEBHOOK_URL", address)
    post("text")
    assert "could not be posted to WEBHOOK_URL" in caplog.text
    assert "secret-token" not in caplog.text


def test_an_answer_of_500_is_said(monkeypatch, caplog, webhook):
    webhook.answer = 500
    monkeypatch.setenv("WEBHOOK_URL", webhook.address)
    post("text")
    assert "could not be posted to WEBHOOK_URL" in caplog.text
    assert "secret-token" not in caplog.text


# --- the schedule


def units(text):
    """{file name: its text} of the units in what make schedule prints."""
    parts = re.split(r"^# (\S+\.(?:service|timer))$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def cron_line(text):
    return next(line for line in text.splitlines() if re.match(r"\d+ \d+ \* \* \* ", line))


@pytest.mark.slow
def test_the_line_of_cron_does_what_it_says(tmp_path):
    """Run as cron would: at the first % that is not escaped the command would end."""
    shop = small_shop.write_shop(tmp_path / "l'été 100% $HOME")
    text = schedule(PROJECT, shop, tmp_path / "ware house%", "6:05")
    line = cron_line(text)
    assert line.startswith("5 6 * * * ")
    command = line.split(" * * * ", 1)[1]
    assert not re.search(r"(?<!\\)%", command)
    environment = {
        name: value for name, value in os.environ.items() if name not in ("SHOP", "WAREHOUSE")
    }
    run = subprocess.run(
        ["sh", "-c", command.replace(r"\%", "%")],
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    log = (tmp_path / "ware house%" / "schedule.log").read_text("utf-8")
    assert run.returncode == 0, log
    assert (tmp_path / "ware house%" / "sales.duckdb").is_file()
    assert "Revenue" in log


def test_the_units_of_systemd_are_what_systemd_reads(tmp_path):
    found = units(schedule(PROJECT, tmp_path / 'é a "b" 100%', tmp_path / "w", "06:30"))
    service, timer = (
        found["sales-warehouse-a-b-100.service"],
        found["sales-warehouse-a-b-100.timer"],
    )
    assert rf'Environment="SHOP={tmp_path}/é a \"b\" 100%%"' in service
    assert f"WorkingDirectory={PROJECT}" in service
    parsed = configparser.ConfigParser(interpolation=None)
    parsed.optionxform = str
    parsed.read_string(timer)
    assert parsed["Timer"]["OnCalendar"] == "*-*-* 06:30:00"
    if shutil.which("systemd-analyze"):
        for name, text in found.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        said = subprocess.run(
            ["systemd-analyze", "verify", *sorted(found)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        complaints = [line for line in said.stderr.splitlines() if "sales-warehouse" in line]
        assert complaints == []


@pytest.mark.parametrize("at", ["24:00", "6", "06:60", "noon", "6:5", "", "06:30\n"])
def test_what_is_no_time_is_a_sentence(tmp_path, at):
    with pytest.raises(UserError, match="is no time of day: write hours and minutes"):
        schedule(PROJECT, tmp_path, tmp_path, at)


def test_the_command_prints_both(tmp_path):
    run = run_module("scripts.schedule", shop=tmp_path, warehouse=tmp_path / "w")
    assert "0 6 * * * " in run.stdout
    assert len(units(run.stdout)) == 2


# --- containers, and Airflow


def instructions():
    """(instruction, rest) of each line of the Dockerfile."""
    lines = (DEPLOY / "Dockerfile").read_text("utf-8").splitlines()
    return [line.split(" ", 1) for line in lines if line and not line.startswith("#")]


def test_the_image_is_pinned_and_not_run_by_root():
    steps = instructions()
    assert re.search(r":\d+\.\d+-slim-\w+$", steps[0][1])
    assert [rest for name, rest in steps if name == "USER"] == ["owner"]
    last_of_root = next(number for number, step in enumerate(steps) if step[0] == "USER")
    assert all(name == "RUN" for name, _ in steps[1:last_of_root])


def test_the_compose_file_listens_on_this_machine_only():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    assert set(services) == {"pipeline", "bi"}
    assert (DEPLOY.parent / services["pipeline"]["build"]["dockerfile"]).is_file()
    assert re.search(r":\d+\.\d+-\w+$", services["bi"]["image"])
    assert all(port.startswith("127.0.0.1:") for port in services["bi"]["ports"])


@pytest.mark.slow
def test_the_steps_of_the_image_work_in_a_clean_directory(tmp_path):
    """What is copied, installed and run, with nothing else there: no Docker engine is needed."""
    folder, shop = tmp_path / "app", small_shop.write_shop(tmp_path / "shop")
    folder.mkdir()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "LANG": "C.UTF-8",
        "SHOP": str(shop),
        "WAREHOUSE": str(tmp_path / "warehouse"),
    }
    # where packages come from is the machine's business
    environment |= {name: text for name, text in os.environ.items() if name.startswith("PIP_")}
    steps = instructions()
    after = next(number for number, step in enumerate(steps) if step[0] == "USER")
    for name, rest in steps[after:]:
        if name == "COPY":
            *sources, target = rest.removeprefix("--chown=owner ").split()
            for source in sources:
                goal = folder / target if target != "./" else folder / source
                copy = shutil.copytree if (PROJECT / source).is_dir() else shutil.copyfile
                copy(PROJECT / source, goal)
        elif name in ("RUN", "CMD"):
            command = json.loads(rest) if name == "CMD" else shlex.split(rest)
            run = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, check=False
            )
            assert run.returncode == 0, run.stderr
    assert Path(environment["WAREHOUSE"], "report", "report.html").is_file()


PARSE = """
import json, sys
from airflow.models.dagbag import DagBag
bag = DagBag(dag_folder=sys.argv[1], include_examples=False)
print(json.dumps({
    "errors": bag.import_errors,
    "commands": {
        task.task_id: [task.bash_command, sorted(task.downstream_task_ids)]
        for dag in bag.dags.values() for task in dag.tasks
    },
}))
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not AIRFLOW.exists() and not REQUIRE_ALL, reason="no Airflow: make .venv-airflow/.ready"
)
def test_airflow_parses_the_example(tmp_path):
    run = subprocess.run(
        [AIRFLOW, "-c", PARSE, DEPLOY / "airflow"],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    parsed = json.loads(run.stdout.splitlines()[-1])
    assert parsed["errors"] == {}
    report, following = parsed["commands"]["report"]
    assert (report, following) == ("make report", ["export"])
    commands = re.findall(r"^([a-z]+): ", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE)
    for command, _ in parsed["commands"].values():
        assert command.split()[1] in commands
