"""A Spark cluster on loopback: a master and two workers, each a process of its own."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from scripts.spark import ENVIRONMENT

START_SECONDS = 120


class Cluster:
    """Started on entering, ended on leaving; `master` is what SPARK_MASTER takes."""

    def __init__(self, folder, environment):
        self.folder = Path(folder)
        (home,) = ENVIRONMENT.glob("lib/python*/site-packages/pyspark")
        self.spark_class = home / "bin" / "spark-class"
        conf = self.folder / "conf"
        conf.mkdir(parents=True)
        # processes that live for minutes: compiling their code further costs more than it gives
        java_options = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
        (conf / "spark-defaults.conf").write_text(
            f"spark.executor.memory 700m\nspark.executor.extraJavaOptions {java_options}\n"
            "spark.sql.adaptive.enabled false\n"
        )
        self.environment = {
            **environment,
            "SPARK_HOME": str(home),
            "SPARK_CONF_DIR": str(conf),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_DAEMON_JAVA_OPTS": java_options,
            "SPARK_SUBMIT_OPTS": java_options,
        }
        self.port, self.web_port = free_port(), free_port()
        self.master = f"spark://127.0.0.1:{self.port}"
        self.processes = []

    def __enter__(self):
        try:
            self._start_all()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start_all(self):
        self._start("master.Master", "--port", str(self.port), "--webui-port", str(self.web_port))
        for number in (1, 2):
            self._start(
                "worker.Worker",
                *("--webui-port", "0", "--cores", "1", "--memory", "700m"),
                *("--work-dir", str(self.folder / f"worker-{number}"), self.master),
            )
        self._wait_for(lambda state: state["aliveworkers"] == 2)

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait(timeout=60)

    def finished_applications(self):
        """What ran here and ended: a list with the cores that each had."""
        self._wait_for(lambda state: not state["activeapps"])
        return [application["cores"] for application in self._state()["completedapps"]]

    def _start(self, name, *arguments):
        log = (self.folder / f"{name}-{len(self.processes)}.log").open("w")
        self.processes.append(
            subprocess.Popen(
                [
                    *(str(self.spark_class), f"org.apache.spark.deploy.{name}"),
                    *("--host", "127.0.0.1", *arguments),
                ],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        )
        log.close()

    def _wait_for(self, condition):
        deadline = time.monotonic() + START_SECONDS
        while True:
            for process in self.processes:
                assert process.poll() is None, self._logs()
            try:
                if condition(self._state()):
                    return
            except (OSError, ValueError):
                pass  # its page is not there yet
            assert time.monotonic() < deadline, self._logs()
            time.sleep(0.2)

    def _state(self):
        address = f"http://127.0.0.1:{self.web_port}/json/"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return json.load(answer)

    def _logs(self):
        return "\n".join(path.read_text()[-2000:] for path in sorted(self.folder.glob("*.log")))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
