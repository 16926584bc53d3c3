"""Files at http(s) addresses and in buckets: fetched once, and then files like any other."""

from __future__ import annotations

import json
import shutil

import pytest
from conftest import run_module
from servers import client, s3_server, web_server

from scripts.errors import UserError
from scripts.ingest import ingest, remote
from scripts.ingest.ledger import load

INPUTS = """\
shop: Bakery
currency: EUR
sales:
  files: ADDRESSES
  columns: {{sold_on: day, product_id: article, quantity: pieces, net_amount: amount}}
"""
SALES = "day,article,pieces,amount\n2025-01-02,A1,1,2.50\n2025-01-03,A2,2,5.00\n"
REVISED = SALES.replace("5.00", "6.00")


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch):
    """Tries follow one another at once."""
    monkeypatch.setattr(remote, "FIRST_PAUSE_SECONDS", 0)


class Web:
    """What a server answers: files by path, and for some paths something else first."""

    def __init__(self):
        self.files, self.first, self.asked, self.headers = {}, {}, [], []
        self.tags = True

    def __call__(self, handler):
        self.asked.append(handler.path)
        self.headers.append(dict(handler.headers))
        special = self.first.get(handler.path)
        if special:
            special.pop(0)(handler)
            return
        content = self.files.get(handler.path)
        if content is None:
            say(404)(handler)
        elif self.tags and handler.headers.get("If-None-Match") == tag_of(content):
            say(304)(handler)
        else:
            headers = {"ETag": tag_of(content)} if self.tags else {}
            say(200, content, headers)(handler)

    def count(self, path):
        return self.asked.count(path)


def tag_of(content):
    return f'"{abs(hash(content))}"'


def say(status, content=b"", headers=None, length=None):
    """An answer; `length` announces another size than comes."""

    def answer(handler):
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        if status != 304:
            handler.send_header("Content-Length", str(len(content) if length is None else length))
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = True

    return answer


@pytest.fixture
def web():
    """(what it answers, its address)"""
    answers = Web()
    with web_server(answers) as address:
        yield answers, address


@pytest.fixture
def shop(tmp_path):
    (tmp_path / "shop").mkdir()
    return tmp_path / "shop"


def take(shop, tmp_path, *addresses, extra=""):
    listed = json.dumps(list(addresses))
    text = INPUTS.format().replace("ADDRESSES", listed) + extra
    (shop / "inputs.yml").write_text(text, encoding="utf-8")
    return ingest(shop, tmp_path / "warehouse")


def entries(tmp_path):
    """{path: (records, previous versions)} of the ledger."""
    return {
        entry.path: (entry.records_in, len(entry.previous_file_ids))
        for entry in load(tmp_path / "warehouse").values()
    }


def everything(folder):
    """{path: bytes} of all files below a folder."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def test_an_address_is_landed_like_a_file_and_fetched_once(web, shop, tmp_path):
    answers, address = web
    answers.files["/till/sales.csv?shop=7"] = SALES.encode()
    url = f"{address}/till/sales.csv?shop=7"
    first = take(shop, tmp_path, url)
    assert (first.read, first.landed) == (1, 1)
    assert entries(tmp_path) == {url: (2, 0)}
    again = take(shop, tmp_path, url)
    assert str(again) == "Nothing new: 1 file is already landed."
    assert answers.count("/till/sales.csv?shop=7") == 2
    assert "If-None-Match" not in answers.headers[0]
    assert answers.headers[1]["If-None-Match"] == tag_of(SALES.encode())


def test_an_address_whose_bytes_changed_is_a_revision(web, shop, tmp_path):
    answers, address = web
    url = f"{address}/sales.csv"
    answers.files["/sales.csv"] = SALES.encode()
    take(shop, tmp_path, url)
    answers.files["/sales.csv"] = REVISED.encode()
    second = take(shop, tmp_path, url)
    assert (second.read, second.landed) == (1, 1)
    assert entries(tmp_path) == {url: (2, 1)}


def test_whether_it_changed_is_told_by_its_bytes(web, shop, tmp_path):
    """A server that sends the same bytes with another tag, or none, is no revision; one that
    gives a tag to bytes which then were damaged here is asked for them again."""
    answers, address = web
    url = f"{address}/sales.csv"
    answers.files["/sales.csv"] = SALES.encode()
    answers.first["/sales.csv"] = [say(200, SALES.encode(), {"ETag": '"another"'})]
    take(shop, tmp_path, url)
    assert not take(shop, tmp_path, url).changed
    answers.tags = False
    assert not take(shop, tmp_path, url).changed
    answers.tags = True
    take(shop, tmp_path, url)
    (copy,) = (tmp_path / "warehouse" / "remote").glob("*/sales.csv")
    copy.write_bytes(b"day,article\n")
    assert not take(shop, tmp_path, url).changed
    assert copy.read_bytes() == SALES.encode()
    answers.files["/sales.csv"] = REVISED.encode()
    assert take(shop, tmp_path, url).read == 1


def test_a_passing_fault_is_tried_again(web, shop, tmp_path):
    answers, address = web
    answers.files["/sales.csv"] = SALES.encode()
    answers.first["/sales.csv"] = [
        say(503),
        say(200, SALES.encode()[:30], length=len(SALES)),
        say(429),
    ]
    assert take(shop, tmp_path, f"{address}/sales.csv").read == 1
    assert answers.count("/sales.csv") == 4
    assert list(entries(tmp_path).values()) == [(2, 0)]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (say(500), "the server answers 500. It was tried 4 times"),
        (say(200, b"day,art", length=900), "broke off. It was tried 4 times"),
    ],
)
def test_a_fault_that_lasts_is_a_sentence_and_nothing_changes(web, shop, tmp_path, fault, said):
    answers, address = web
    url = f"{address}/sales.csv"
    answers.files["/sales.csv"] = SALES.encode()
    take(shop, tmp_path, url)
    before = everything(tmp_path / "warehouse" / "landing")
    answers.first["/sales.csv"] = [fault] * 4
    with pytest.raises(UserError) as refusal:
        take(shop, tmp_path, url)
    assert str(refusal.value).startswith(f"{url} cannot be fetched: ")
    assert said in str(refusal.value)
    assert everything(tmp_path / "warehouse" / "landing") == before
    assert not take(shop, tmp_path, url).changed


def test_a_server_that_is_not_there_is_a_sentence(shop, tmp_path):
    with web_server(Web()) as address:
        pass
    with pytest.raises(UserError) as refusal:
        take(shop, tmp_path, f"{address}/sales.csv")
    assert str(refusal.value) == (
        f"{address}/sales.csv cannot be fetched: the server cannot be reached. It was tried 4 "
        "times. Nothing was loaded; run this again when the server and the network are well."
    )


def test_an_answer_that_will_not_pass_is_not_tried_again(web, shop, tmp_path):
    answers, address = web
    for status in (404, 401):
        answers.first["/sales.csv"] = [say(status)]
        with pytest.raises(UserError, match=f"the server answers {status}"):
            take(shop, tmp_path, f"{address}/sales.csv")
    assert answers.count("/sales.csv") == 2


def test_redirects_are_followed_a_few_times_and_never_to_something_else(web, shop, tmp_path):
    answers, address = web
    answers.files["/sales.csv"] = SALES.encode()
    answers.first["/old.csv"] = [say(302, headers={"Location": "/sales.csv"})]
    assert take(shop, tmp_path, f"{address}/old.csv").read == 1
    answers.first["/round.csv"] = [say(302, headers={"Location": "/round.csv"})] * 9
    with pytest.raises(UserError, match="leads on more than 5 times"):
        take(shop, tmp_path, f"{address}/round.csv")
    assert answers.count("/round.csv") == 6
    answers.first["/file.csv"] = [say(302, headers={"Location": "file:///etc/passwd"})]
    with pytest.raises(UserError, match="leads on to a place that is not read"):
        take(shop, tmp_path, f"{address}/file.csv")


def test_what_is_too_large_is_refused(web, shop, tmp_path, monkeypatch):
    answers, address = web
    answers.files["/sales.csv"] = SALES.encode()
    monkeypatch.setattr(remote, "MOST_BYTES", 20)
    with pytest.raises(UserError, match="is larger than"):
        take(shop, tmp_path, f"{address}/sales.csv")
    assert not entries(tmp_path)


def test_the_secret_header_goes_to_its_host_alone_and_into_no_file(
    web, shop, tmp_path, monkeypatch
):
    answers, address = web
    other = Web()
    other.files["/sales.csv"] = SALES.encode()
    monkeypatch.setenv("HTTP_INPUT_AUTHORIZATION", "Bearer s3cr3t-token")
    with web_server(other) as elsewhere:
        answers.first["/sales.csv"] = [say(302, headers={"Location": f"{elsewhere}/sales.csv"})]
        take(shop, tmp_path, f"{address}/sales.csv")
    assert answers.headers[0]["Authorization"] == "Bearer s3cr3t-token"
    assert "Authorization" not in other.headers[0]
    assert not [name for name, content in everything(tmp_path).items() if b"s3cr3t" in content]


def test_the_secret_header_is_for_one_host_and_not_for_everybody_on_the_way(
    web, shop, tmp_path, monkeypatch
):
    answers, address = web
    monkeypatch.setenv("HTTP_INPUT_AUTHORIZATION", "Bearer s3cr3t-token")
    with pytest.raises(
        UserError, match=r"would be sent to each of 127\.0\.0\.1:\d+, other\.example"
    ):
        take(shop, tmp_path, f"{address}/sales.csv", "https://other.example/sales.csv")
    with pytest.raises(UserError, match=r"on the way to http://shop\.example could read"):
        take(shop, tmp_path, "http://shop.example/sales.csv")
    assert not answers.asked


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://me:pa55word@host/sales.csv", "holds a user or a password"),
        ("s3://AKIA:pa55word@lake/sales.csv", "holds a user or a password"),
        ("https://host/sales.csv?token=pa55word", "holds a secret behind its ?"),
        ("https://host/sales.csv?X-Amz-Signature=pa55word", "holds a secret behind its ?"),
        ("https://host/sales.csv?key=pa55word", "holds a secret behind its ?"),
        ("https://host/sales.csv?Authorization=pa55word", "holds a secret behind its ?"),
        ("https://[::1/sales.csv?x=pa55word", "its host is written in a way"),
        ("ftp://host/sales.csv", "begins with ftp://"),
        ("https://host/*.csv", "must be one file"),
        ("https://host", "names no file"),
        ("s3://lake*/sales.csv", "names no file"),
    ],
)
def test_an_address_that_cannot_be_is_a_sentence_without_its_secret(shop, tmp_path, address, said):
    with pytest.raises(UserError) as refusal:
        take(shop, tmp_path, address)
    assert str(refusal.value).startswith("inputs.yml: an address of `sales.files` ")
    assert said in str(refusal.value)
    assert "pa55word" not in str(refusal.value)


def test_files_of_the_folder_and_of_addresses_stand_side_by_side(web, shop, tmp_path):
    """A pattern for all folders takes no address, and an address is ignored like a file."""
    answers, address = web
    answers.files["/web.csv"] = SALES.replace("A1", "W1").replace("2025-01", "2025-02").encode()
    (shop / "till").mkdir()
    (shop / "till" / "sales.csv").write_text(SALES, encoding="utf-8")
    take(shop, tmp_path, "**/*.csv", f"{address}/web.csv")
    assert entries(tmp_path) == {"till/sales.csv": (2, 0), f"{address}/web.csv": (2, 0)}


def test_status_asks_no_server(web, shop, tmp_path):
    answers, address = web
    answers.files["/sales.csv"] = SALES.encode()
    take(shop, tmp_path, f"{address}/sales.csv")
    asked = len(answers.asked)
    said = run_module("scripts.status", shop=shop, warehouse=tmp_path / "warehouse", check=False)
    assert "have landed" in said.stdout
    assert len(answers.asked) == asked


# --- buckets ---------------------------------------------------------------------------------


@pytest.fixture
def bucket(tmp_path, monkeypatch):
    with s3_server(tmp_path / "server.log") as environment:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        yield client(environment)


def put(bucket, key, text):
    bucket.put_object(Bucket="lake", Key=key, Body=text.encode())


def test_objects_of_a_bucket_are_files(bucket, shop, tmp_path, monkeypatch):
    put(bucket, "till/2025/sales-01.csv", SALES)
    put(bucket, "till/2025/sales-02.csv", SALES.replace("2025-01", "2025-02").replace("A", "B"))
    put(bucket, "till/2025/notes.csv", "nothing of ours")
    put(bucket, "till/2024/deeper/sales-03.csv", "not in this folder")
    pattern = "s3://lake/till/*/sales-*.csv"
    assert take(shop, tmp_path, pattern).read == 2
    january, february = (f"s3://lake/till/2025/sales-0{month}.csv" for month in (1, 2))
    assert entries(tmp_path) == {january: (2, 0), february: (2, 0)}

    fetched = []
    from scripts.s3 import Bucket  # noqa: PLC0415

    original = Bucket.chunks
    monkeypatch.setattr(
        Bucket, "chunks", lambda self, key: fetched.append(key) or original(self, key)
    )
    assert not take(shop, tmp_path, pattern).changed
    assert fetched == []

    put(bucket, "till/2025/sales-01.csv", REVISED)
    assert take(shop, tmp_path, pattern).read == 1
    assert fetched == ["till/2025/sales-01.csv"]
    assert entries(tmp_path) == {january: (2, 1), february: (2, 0)}

    bucket.delete_object(Bucket="lake", Key="till/2025/sales-02.csv")
    gone = take(shop, tmp_path, pattern)
    assert (gone.left, gone.landed) == (1, 2)


def test_a_bucket_that_cannot_be_read_is_a_sentence_without_its_secret(
    bucket, shop, tmp_path, monkeypatch
):
    put(bucket, "sales.csv", SALES)
    take(shop, tmp_path, "s3://lake/sales.csv")
    before = everything(tmp_path / "warehouse" / "landing")
    with pytest.raises(UserError, match="there is no such bucket"):
        take(shop, tmp_path, "s3://puddle/sales.csv")
    with pytest.raises(UserError, match=r"There is no file at s3://lake/none-\*\.csv, which"):
        take(shop, tmp_path, "s3://lake/none-*.csv")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(UserError) as refusal:
        take(shop, tmp_path, "s3://lake/sales.csv")
    assert "s3://lake/sales.csv cannot be used: " in str(refusal.value)
    assert "very-secret" not in str(refusal.value)
    assert everything(tmp_path / "warehouse" / "landing") == before
    shutil.rmtree(tmp_path / "shop")
    assert not [n for n, content in everything(tmp_path).items() if b"very-secret" in content]
