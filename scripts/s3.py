"""Buckets of S3 or of anything that speaks like it. Credentials come from the environment alone.

AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, and AWS_ENDPOINT_URL for a server that is
not Amazon's. What boto3 finds elsewhere (a role of the machine, ~/.aws) counts as it does always.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from scripts.errors import UserError

CHUNK_BYTES = 1 << 20
TRIES = 4
REASONS = {
    "NoSuchBucket": "there is no such bucket",
    "AccessDenied": "access is denied",
    "403": "access is denied",
    "InvalidAccessKeyId": "AWS_ACCESS_KEY_ID is not known there",
    "SignatureDoesNotMatch": "AWS_SECRET_ACCESS_KEY is not the one of AWS_ACCESS_KEY_ID",
    "404": "it is not there",
    "NoSuchKey": "it is not there",
}


# it tells where it found credentials, at each command anew
logging.getLogger("botocore").setLevel(logging.WARNING)


@dataclass(frozen=True)
class Found:
    """An object of a listing. `tag` changes when its bytes do."""

    key: str
    byte_count: int
    tag: str


class Bucket:
    """One bucket. Every method raises UserError with a sentence when the server cannot be used."""

    def __init__(self, name: str) -> None:
        self.name = name
        with self._sentences(""):
            self._client = boto3.client(
                "s3",
                region_name=os.environ.get("AWS_REGION")
                or os.environ.get("AWS_DEFAULT_REGION")
                or "us-east-1",
                config=Config(
                    connect_timeout=10,
                    read_timeout=60,
                    retries={"mode": "standard", "total_max_attempts": TRIES},
                    # others than Amazon know the checksum that has always been there, and no other
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                    # a bucket as a part of the host's name needs a name server that plays along
                    s3={"addressing_style": "path"} if os.environ.get("AWS_ENDPOINT_URL") else {},
                ),
            )

    def list(self, prefix: str) -> list[Found]:
        """Every object whose key begins with a prefix, by key."""
        found = []
        with self._sentences(prefix):
            pages = self._client.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.name, Prefix=prefix):
                for one in page.get("Contents", []):
                    found.append(Found(one["Key"], one["Size"], one["ETag"]))
        return sorted(found, key=lambda one: one.key)

    def read(self, key: str) -> bytes | None:
        """A small object; None when it is not there."""
        with self._sentences(key):
            try:
                return self._client.get_object(Bucket=self.name, Key=key)["Body"].read()
            except self._client.exceptions.NoSuchKey:
                return None

    def chunks(self, key: str) -> Iterator[bytes]:
        """An object, a part at a time."""
        with self._sentences(key):
            body = self._client.get_object(Bucket=self.name, Key=key)["Body"]
            yield from body.iter_chunks(CHUNK_BYTES)

    def sha256_of(self, key: str) -> str:
        """SHA-256 of an object's bytes as they are read back."""
        digest = hashlib.sha256()
        for chunk in self.chunks(key):
            digest.update(chunk)
        return digest.hexdigest()

    def write(self, key: str, content: bytes) -> None:
        """Write a small object, whole or not at all."""
        with self._sentences(key):
            self._client.put_object(Bucket=self.name, Key=key, Body=content)

    def upload(self, key: str, file: Path) -> None:
        """Write a file as an object, whole or not at all."""
        with self._sentences(key):
            self._client.upload_file(str(file), self.name, key)

    def delete(self, keys: list[str]) -> None:
        """Remove objects; one that is not there is removed."""
        with self._sentences(""):
            for key in keys:
                self._client.delete_object(Bucket=self.name, Key=key)

    @contextmanager
    def _sentences(self, key: str) -> Iterator[None]:
        place = f"s3://{self.name}/{key}"
        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "?")
            raise UserError(f"{place} cannot be used: {REASONS.get(code, code)}.") from error
        except NoCredentialsError as error:
            raise UserError(
                f"{place} cannot be used without credentials: set AWS_ACCESS_KEY_ID and "
                "AWS_SECRET_ACCESS_KEY, and AWS_ENDPOINT_URL for a server that is not Amazon's."
            ) from error
        except (BotoCoreError, boto3.exceptions.Boto3Error, OSError) as error:
            reason = str(error).rstrip(".")
            raise UserError(
                f"{place} cannot be used: {reason}. It was tried up to {TRIES} times; the server "
                "is that of AWS_ENDPOINT_URL, else Amazon's."
            ) from error
