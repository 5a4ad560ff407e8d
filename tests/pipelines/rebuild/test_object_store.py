"""WARC files and shards in an object store (S3), reached by environment variables alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.pipelines.rebuild.lives import Sample, digest_of_loaded_by_command, run

pytest.importorskip("s3fs", reason='the extra "cluster" is not installed')
boto3: Any = pytest.importorskip("boto3", reason="moto, a test's object store, is not installed")
moto: Any = pytest.importorskip("moto.server", reason="moto[server] is not installed")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def store(warcs: Sample) -> Iterator[Any]:
    """A client of a store whose bucket "bucket" has the files below warcs/, and keeps all
    versions of what is written."""
    server = moto.ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "somebody")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        client = boto3.client("s3")
        client.create_bucket(Bucket="bucket")
        kept = {"Status": "Enabled"}
        client.put_bucket_versioning(Bucket="bucket", VersioningConfiguration=kept)
        for path in warcs.folder.iterdir():
            client.upload_file(str(path), "bucket", f"warcs/{path.name}")
        client.put_object(Bucket="bucket", Key="warcs/notes.txt", Body=b"no WARC")
        yield client
        client.close()
    server.stop()


def written(store: Any, prefix: str) -> Counter[str]:
    """How often each object was written."""
    pages = store.get_paginator("list_object_versions").paginate(Bucket="bucket", Prefix=prefix)
    return Counter(one["Key"] for page in pages for one in page.get("Versions", ()))


def test_from_and_to_a_store(store: Any, warcs: Sample, tmp_path: Path) -> None:
    words = ["extract", "s3://bucket/warcs/", "--out", "s3://bucket/shards", "--workers", "2"]
    first = run(*words, "--json")
    assert first.status == 0, first
    assert first.stderr == ""
    result = json.loads(first.stdout)
    names = sorted(path.name for path in warcs.folder.iterdir())
    assert [one["file"] for one in result["files"]] == names
    made = written(store, "shards/")
    assert set(made.values()) == {1}
    assert sum(name.startswith("shards/receipts/") for name in made) == len(names)
    # What has a receipt is not read again, and only the result is written again.
    second = run(*words, "--json")
    assert second.status == 0, second
    assert json.loads(second.stdout) == result
    assert written(store, "shards/") - made == Counter({"shards/result.json": 1})
    assert digest_of_loaded_by_command("s3://bucket/shards", tmp_path) == warcs.digest


def test_wildcards(store: Any, warcs: Sample, tmp_path: Path) -> None:
    out = tmp_path / "out"
    names = sorted(path.name for path in warcs.folder.iterdir())
    done = run("extract", "s3://bucket/warcs/*-0000[01]-*.warc.gz", "--out", str(out), "--json")
    assert done.status == 0, done
    assert [one["file"] for one in json.loads(done.stdout)["files"]] == names[:2]
    done = run("extract", "s3://bucket/warcs/*.warc.gz", "--out", str(out), "--json")
    assert done.status == 0, done
    assert digest_of_loaded_by_command(out, tmp_path) == warcs.digest


@pytest.mark.parametrize(
    ("given", "out", "said"),
    [
        ("s3://lost/warcs/", "shards", "s3://lost/warcs/"),
        ("s3://bucket/warcs/*-00001-*.warc.gz", "s3://lost/shards", "s3://lost/shards"),
        ("s3://lost/warcs/*.warc.gz", "shards", "s3://lost/warcs/*.warc.gz"),
        ("s3://lost/one.warc.gz", "shards", "lost/one.warc.gz"),
        ("s3://bucket/empty/", "shards", "s3://bucket/empty/"),
    ],
)
def test_what_is_not_there(store: Any, given: str, out: str, said: str, tmp_path: Path) -> None:
    out = out if "://" in out else str(tmp_path / out)
    assert_told(run("extract", given, "--out", out, "--workers", "1"), said)


def test_no_shards_there(store: Any, tmp_path: Path) -> None:
    for place in ("s3://lost/shards", "s3://bucket/none"):
        assert_told(run("load", place), place)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("AWS_ACCESS_KEY_ID", "")],
)
def test_a_store_that_cannot_be_asked(
    store: Any, variable: str, value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    ended = run("extract", "s3://bucket/warcs/", "--out", str(tmp_path / "out"))
    assert_told(ended, "")


def assert_told(ended: Any, said: str) -> None:
    assert ended.status == 1, ended
    assert "Traceback" not in ended.stderr, ended.stderr
    assert said in ended.stderr, ended
    assert len(ended.stderr.splitlines()) == 1, ended.stderr
