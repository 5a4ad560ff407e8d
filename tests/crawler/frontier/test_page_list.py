"""Lists of addresses."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.frontier.page_list import PageList, read_page_list

ONE, TWO = "http://a.example/1", "https://b.example/2?x=y"


def test_the_list_is_all_that_there_is() -> None:
    pages = PageList([ONE, TWO, ONE])
    assert pages.starts == (ONE, TWO)
    assert pages.host_urls == (ONE, TWO)
    assert pages.is_page(TWO)
    assert not pages.is_page("http://a.example/2")
    assert pages.resolve("/1", ONE) == ONE
    assert pages.resolve("/3", ONE) is None
    assert pages.resolve("http://[", ONE) is None


def test_an_address_is_asked_for_as_it_stands_in_the_list() -> None:
    pages = PageList(["https://netwellness.org/question.cfm/7.htm?print=1"])
    (canonical,) = pages.starts
    assert canonical == "http://www.netwellness.org/question.cfm/7.htm"
    assert pages.fetch_url(canonical) == "https://netwellness.org/question.cfm/7.htm?print=1"


def test_a_file_has_an_address_in_each_line(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"\ufeff# pages\n{ONE}\n\n  {TWO}#reply\nhttp://c.example?ü=1\n", "utf-8")
    assert read_page_list(str(file)).starts == (ONE, TWO, "http://c.example/?%C3%BC=1")


@pytest.mark.parametrize("line", ["a.example/1", "ftp://a.example/", "http://", "http://[::1"])
def test_what_is_no_address_is_named_with_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "list.txt"
    file.write_text(f"{ONE}\n{line}\n")
    with pytest.raises(ValueError, match=r"line 2: .* is no web address"):
        read_page_list(str(file))


def test_an_empty_list_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "list.txt"
    file.write_text("# nothing yet\n")
    with pytest.raises(ValueError, match="empty"):
        read_page_list(str(file))
    with pytest.raises(ValueError, match="urls=FILE"):
        read_page_list("")
