"""A stretch of source says what the whole page says, or there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers import netwellness, read
from parsers.page.excerpt import excerpt
from parsers.records import Capture, Reading

_MENU = "".join(f"<li><a href='/healthtopics/t{n}/'>Topic {n}</a></li>" for n in range(40))
_ASKED = "<p>I have had a cold for two weeks. Is that long?</p>"
_SAID = "<p>No, it is not. A cold may well last for three weeks.</p>"
_BY = "<p><b>Response by:</b></p><p>Jane Q Roe, MD<br>Professor of Medicine</p>"
_MORE = "<h3>For more information:</h3><ul><li><a href='/x.htm'>More</a></ul>"
_FOOT = f"<ul>{_MENU}</ul><p>Copyright</p></body></html>"


def page(middle: str, *, head: str = "", title: str = "How long is a cold?") -> str:
    return (
        f"<html><head><title>{title}</title></head><body><ul>{_MENU}</ul>{head}"
        f"<h1>How long is a cold?</h1>{middle}{_FOOT}"
    )


def capture(html: str) -> Capture:
    url, now = "http://www.netwellness.org/question.cfm/7.htm", datetime(2026, 3, 1, tzinfo=UTC)
    return Capture(url, now, html.encode(), "text/html; charset=utf-8", 200, "live", "urn:x:1")


@contextmanager
def only_whole_pages() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(netwellness, "excerpt", lambda text, *, outlinks: None)
        patch.setattr(netwellness, "region", lambda document: None)
        yield


def both(html: str) -> tuple[Reading, Reading]:
    with only_whole_pages():
        whole = read(capture(html))
    return read(capture(html)), whole


def is_quick(html: str) -> bool:
    """Whether a page is read without looking at all of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(netwellness, "Document", None)  # what a stretch is not enough for needs it
        return read(capture(html)).page is not None


def test_a_page_without_labels_is_read_from_a_stretch() -> None:
    html = page(f"<div>{_ASKED}</div><div>{_SAID}</div>{_BY}")
    quick, whole = both(html)
    assert is_quick(html)
    assert quick == whole
    assert whole.page is not None
    assert whole.page.answer == "No, it is not. A cold may well last for three weeks."


def test_a_page_that_nobody_answered_is_read_from_a_stretch() -> None:
    notice = "<p>This question has not yet been answered.</p>"
    html = page(f"<h2>Question</h2>{_ASKED}<h2>Answer</h2>{notice}{_MORE}")
    quick, whole = both(html)
    assert is_quick(html)
    assert quick == whole
    assert whole.page is not None
    assert whole.page.status == "unanswered"


@pytest.mark.parametrize(
    ("middle", "head"),
    [
        (f"{_ASKED}</div>{_SAID}{_BY}", "<div><p>x</p>"),
        (f"{_ASKED}</td><td>{_SAID}{_BY}</td></tr></table>", "<table><tr><td><p>x</p>"),
    ],
)
def test_a_container_that_began_above_the_title_is_seen(middle: str, head: str) -> None:
    html = page(middle, head=head)
    assert excerpt(html, outlinks=False) is None
    quick, whole = both(html)
    assert quick == whole
    assert whole.page is not None


def test_a_title_that_no_heading_repeats_is_looked_for_in_the_page() -> None:
    html = page(f"<div>{_ASKED}</div><div>{_SAID}</div>{_BY}", title="Colds | NetWellness")
    assert excerpt(html, outlinks=False) is None


@pytest.mark.parametrize("word", ["Response to colds", "For more on colds", "Question of colds"])
def test_the_title_of_a_page_is_no_label(word: str) -> None:
    for middle in (f"{_ASKED}{_SAID}", f"<div>{_ASKED}</div><div>{_SAID}</div>{_BY}"):
        quick, whole = both(page(middle, title=word))
        assert repr(quick) == repr(whole)


def test_a_line_whose_beginning_is_far_off_is_not_cut() -> None:
    far = "<b>Published: May 4, 2003</b><br>"
    html = page(f"<div>{_ASKED}</div><div>{_SAID}</div>{_BY}", head=f"<i {'x=1 ' * 400}></i>{far}")
    quick, whole = both(html)
    assert repr(quick) == repr(whole)


def test_a_date_above_the_title_is_read() -> None:
    date = "<b>Published: May 4, 2003</b><br>"
    labels = f"<h2>Question</h2>{_ASKED}<h2>Answer</h2>{_SAID}{_BY}"
    quick, whole = both(page(labels, head=date))
    assert is_quick(page(labels, head=date))
    assert quick == whole
    assert whole.page is not None
    assert str(whole.page.answered_on) == "2003-05-04"


@pytest.mark.parametrize("tag", ["<base href=x>", "<FRAMESET>", "<TextArea>", "<!-- x", "<script>"])
def test_what_changes_how_source_is_read_keeps_it_from_being_cut(tag: str) -> None:
    middle = f"<div>{_ASKED}</div><div>{_SAID}</div>{_BY}"
    assert excerpt(page(middle), outlinks=False) is not None
    assert excerpt(page(middle + tag), outlinks=False) is None


def test_what_is_not_shown_is_not_in_a_stretch() -> None:
    hidden = "<!-- Answer: --><SCRIPT>a('</p>')</SCRIPT ><style>b{}</style>"
    found = excerpt(page(f"{hidden}<div>{_ASKED}</div><div>{_SAID}</div>{_BY}"), outlinks=False)
    assert found is not None
    assert b"script" not in found.source.lower()
    assert b"Answer" not in found.source
    assert b"b{}" not in found.source


@pytest.mark.parametrize("label", ["<img alt=Answer src=a>", "<INPUT type=image SRC=answer.gif>"])
def test_labels_may_be_images(label: str) -> None:
    html = page(f"<p><img src='/img/question.gif'></p>{_ASKED}<p>{label}</p>{_SAID}{_BY}")
    quick, whole = both(html)
    assert is_quick(html)
    assert quick == whole


@pytest.mark.parametrize(
    "piece",
    [
        ">question>", "<title>", "<title>a</title>", "<img alt=answer1>", "<!-- ", "<script ",
        "<h1>How long is a cold?", "<a href=x>", "</script", "<img ", "&nbsp;", "> ",
    ],
)  # fmt: skip
def test_no_page_takes_time_that_grows_with_the_square_of_its_size(piece: str) -> None:
    many = "".join(f"{piece}{n % 7}" for n in range(1_000_000 // len(piece)))
    pages = many, page(many + _BY), page(_ASKED, title=f"a | {many}"), page(_BY, head=many)
    code = "import sys; from parsers.page.excerpt import excerpt; excerpt(sys.stdin.read(), outlinks=True)"
    for html in pages:  # a process of its own can be ended; it would take many minutes
        subprocess.run([sys.executable, "-c", code], input=html, text=True, timeout=60, check=True)


_PIECE = st.sampled_from(
    [
        "<p>I have had a cold for two weeks.</p>", "<p>Is that long? My left ear hurts too.</p>",
        "<p>No, it is not, as a rule.</p>", "<p>Dear reader, see your doctor.</p>", "<div>",
        "</div>", "<td>", "</td>", "</tr><tr>", "<table><tr><td>", "</table>", "<hr>", "<br>",
        "text that stands alone ", "<blockquote>", "</blockquote>", "<center>", "</center>", "<dd>",
        "<img src=face.gif>", "<i>", "</i>", "<h2>Some words</h2>", "<form>", "</form>",
        "<b>Published: May 4, 2003</b><br>", "<ul><li>one</ul>", "<h1>How long is a cold?</h1>",
    ]
)  # fmt: skip


@given(st.lists(_PIECE, max_size=3), st.lists(_PIECE, min_size=2, max_size=9), st.booleans())
def test_pages_without_labels_are_never_read_otherwise(
    before: list[str], middle: list[str], more: bool
) -> None:
    html = page("".join(middle) + (_MORE if more else "") + _BY, head="".join(before))
    quick, whole = both(html)
    assert repr(quick) == repr(whole)  # errors are not compared by what they say
