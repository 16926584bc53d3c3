"""Servers on loopback for the tests of exports and of inputs from elsewhere. Not a test itself.

PostgreSQL and MariaDB are those of this machine, each test in a database of its own; S3 and http
are started here. Where a server is missing, a laptop skips and CI fails.
"""

from __future__ import annotations

import http.server
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import psycopg
import pymysql
import pytest
from conftest import REQUIRE_ALL

POSTGRES = os.environ.get("TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432")
MARIADB = os.environ.get("TEST_MARIADB", "mysql://root@127.0.0.1:3306")


def lacking(reason):
    """A laptop may do without; CI may not."""
    pytest.fail(reason) if REQUIRE_ALL else pytest.skip(reason)


def postgres(address):
    """A connection of psycopg to an address as TO has it."""
    return psycopg.connect(address, autocommit=True)


def mariadb(address):
    """A connection of pymysql to an address as TO has it."""
    parts = urlsplit(address)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=parts.username,
        password=os.environ.get("MYSQL_PWD", ""),
        database=parts.path.strip("/") or None,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=5,
    )


@contextmanager
def postgres_database():
    """The address of a new database, dropped afterwards, and the name of a role for it."""
    name = f"sw_test_{secrets.token_hex(6)}"
    try:
        server = postgres(f"{POSTGRES}/postgres")
    except psycopg.OperationalError as error:
        lacking(f"no PostgreSQL at {POSTGRES}: {str(error).splitlines()[0]}")
    with server:
        server.execute(f"create database {name} encoding 'UTF8' template template0")
        try:
            yield f"{POSTGRES}/{name}", f"{name}_reader"
        finally:
            server.execute(f"drop database {name} with (force)")
            server.execute(f"drop role if exists {name}_reader")


@contextmanager
def mariadb_database():
    """The address of a new database, dropped afterwards, and the name of a role for it."""
    name = f"sw_test_{secrets.token_hex(6)}"
    try:
        server = mariadb(MARIADB)
    except pymysql.MySQLError as error:
        lacking(f"no MariaDB at {MARIADB}: {error.args[-1]}")
    with server, server.cursor() as cursor:
        cursor.execute(f"create database {name}")
        try:
            yield f"{MARIADB}/{name}", f"{name}_reader"
        finally:
            cursor.execute(f"drop database {name}")
            cursor.execute(f"drop role if exists {name}_reader")


@contextmanager
def s3_server(log):
    """The environment for a local S3 server in a process of its own, with a bucket `lake`."""
    program = Path(sys.executable).parent / "moto_server"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "AWS_ACCESS_KEY_ID": "AKIDTESTACCESSKEY",
        "AWS_SECRET_ACCESS_KEY": "very-secret-key-of-a-bucket",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_REGION": "us-east-1",
    }
    with log.open("wb") as output:
        server = subprocess.Popen(
            [program, "-H", "127.0.0.1", "-p", str(port)], stdout=output, stderr=output
        )
        try:
            _wait_for(f"{environment['AWS_ENDPOINT_URL']}/moto-api/", server, log)
            client(environment).create_bucket(Bucket="lake")
            yield environment
        finally:
            server.terminate()
            server.wait(timeout=20)


def client(environment):
    """A client of boto3 for the server of `s3_server`."""
    return boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


def objects(environment, prefix=""):
    """{key: bytes} of everything in the bucket `lake` below a prefix."""
    s3 = client(environment)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket="lake", Prefix=prefix)
    keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
    return {key: s3.get_object(Bucket="lake", Key=key)["Body"].read() for key in keys}


def _wait_for(address, server, log):
    for _ in range(300):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"the S3 server did not start:\n{log.read_text(errors='replace')[-2000:]}")


@contextmanager
def web_server(answer):
    """The address of an http server whose answers are `answer(handler)`; it ends with the block."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=20)
