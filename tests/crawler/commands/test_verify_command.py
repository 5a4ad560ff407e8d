"""``scrapy verify``, as a person calls it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.conftest import Crawled, Scrapy, settings_for


def test_a_sound_archive(crawled: Crawled, scrapy: Scrapy) -> None:
    done = scrapy("verify", *crawled.settings)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("all sound: 2 files, ")
    assert len(done.stdout.splitlines()) == 1


def test_damage_is_said_by_file_and_offset(
    crawled: Crawled, scrapy: Scrapy, tmp_path: Path
) -> None:
    shutil.copytree(crawled.folder, tmp_path / "copy")
    path = min((tmp_path / "copy/warcs").iterdir())
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    plain = scrapy("verify", *settings_for(tmp_path / "copy"))
    assert plain.returncode == 1
    said = json.loads(scrapy("verify", "--json", *settings_for(tmp_path / "copy")).stdout)
    assert said["sound"] is False
    cut = next(one for one in said["findings"] if one["kind"] == "cut")
    assert cut["file"] == path.name
    assert data[cut["offset"] : cut["offset"] + 2] == b"\x1f\x8b"
    assert f"{path.name} at byte {cut['offset']}: cut: {cut['reason']}" in plain.stdout
    assert "Traceback" not in plain.stderr


def test_paths_are_checked_by_themselves(crawled: Crawled, scrapy: Scrapy) -> None:
    path = min(crawled.warcs.iterdir())
    done = scrapy("verify", "--json", "--workers", "2", str(path))
    assert done.returncode == 0, done.stdout
    said = json.loads(done.stdout)
    assert (said["sound"], said["files"], said["rows"]) == (True, 1, 0)
    assert said["bytes"] == path.stat().st_size


def test_wrong_use(scrapy: Scrapy, tmp_path: Path) -> None:
    missing = scrapy("verify", str(tmp_path / "nothing.warc.gz"))
    assert missing.returncode == 2
    assert "there is no" in missing.stderr
    assert scrapy("verify", "--workers", "0", *settings_for(tmp_path)).returncode == 2
    empty = scrapy("verify", *settings_for(tmp_path))
    assert empty.returncode == 1
    assert "nothing to verify" in empty.stderr
