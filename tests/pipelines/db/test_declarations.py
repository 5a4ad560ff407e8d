"""An archive says whose declaration is another than its pages were read by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from parsers import declare
from pipelines.db.connection import open_archive
from pipelines.db.declarations import redeclared_sites
from pipelines.rebuild.rebuild import rebuild
from tests.pipelines.archive_makers import CRAWL, crawl_into
from tests.pipelines.forum import FORUM, a_forum

CHANGED = replace(FORUM, selectors={"title": "h1"})
LATER = replace(CRAWL, uid="22222222-2222-4222-8222-222222222222")


@pytest.fixture(autouse=True)
def forum() -> Iterator[None]:
    declare([FORUM])
    yield
    declare([])


def test_a_changed_declaration_is_noticed_until_a_rebuild(tmp_path: Path) -> None:
    captures = a_forum()
    store = crawl_into(tmp_path, captures[:3])
    assert redeclared_sites(store.db.conn) == ()
    store.close()
    declare([CHANGED])
    store = crawl_into(tmp_path, captures[3:], LATER)  # which does not make up for it
    assert redeclared_sites(store.db.conn) == ("forum",)
    store.close()
    declare([FORUM])
    db = open_archive(tmp_path / "archive.db", readonly=True)
    assert redeclared_sites(db.conn) == ()
    db.close()
    declare([CHANGED])
    rebuild(tmp_path / "warcs", tmp_path / "archive.db")
    db = open_archive(tmp_path / "archive.db", readonly=True)
    assert redeclared_sites(db.conn) == ()
    db.close()


def test_pages_in_which_nothing_is_read_count_too(tmp_path: Path) -> None:
    declare([replace(FORUM, questions=FORUM.questions[1:])])
    store = crawl_into(tmp_path, a_forum()[:1])
    assert store.db["questions"].count == 0
    declare([FORUM])
    assert redeclared_sites(store.db.conn) == ("forum",)
    declare([])
    assert redeclared_sites(store.db.conn) == ("forum",)
    store.close()
