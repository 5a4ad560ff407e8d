"""BibTeX, RIS and CSL-JSON, read back by readers that are not ours."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import rispy
from hypothesis import assume, given
from hypothesis import strategies as st
from pybtex.database import BibliographyData, Entry, Person, parse_string

from publish.cite.as_bibtex import bibtex, citation_key, escape_latex, note
from publish.cite.as_csl import csl_json
from publish.cite.as_ris import ris
from publish.cite.block import preferred_format
from publish.cite.citation_formats import BIBTEX, CSL, FORMATS, RIS
from publish.cite.record import Citation
from tests.publish.cite.rows import BASE, DIGEST, RECORD, hostile, source

# What LaTeX sets for each command, as its own documentation of symbols has it.
_COMMANDS = {
    "textbackslash": "\\",
    "textbraceleft": "{",
    "textbraceright": "}",
    "textasciitilde": "~",
    "textasciicircum": "^",
}
_SET = re.compile(r"\\([a-z]+)\{\}|\\(.)|\{\}")
# What TeX's fonts make one sign of, and the signs that must not stand alone in a text.
_LIGATURE = re.compile(r"--|``|''|[?!]`|<<|>>|,,")
_ACTIVE = re.compile(r"(?<!\\)[%#&$_~^]")


def unlatex(value: str) -> str:
    """What LaTeX sets: an own reading of escapes, which knows no others."""
    assert not _LIGATURE.search(value)
    assert not _ACTIVE.search(value)
    return _SET.sub(lambda match: _COMMANDS[match[1]] if match[1] else match[2] or "", value)


def entry(text: str) -> Entry:
    """The one entry of a BibTeX file, as pybtex reads it: braces and names like BibTeX."""
    read: BibliographyData = parse_string(text, "bibtex")
    assert len(read.entries) == 1
    return next(iter(read.entries.values()))


def spoken(person: Person) -> str:
    """A name in BibTeX's parts, as it would stand in a list."""
    last = " ".join([*person.prelast_names, *person.last_names])
    first = " ".join([*person.first_names, *person.middle_names])
    parts = (last, first, " ".join(person.lineage_names))
    return ", ".join(unlatex(unbraced(part)) for part in parts if part)


def unbraced(part: str) -> str:
    return part[1:-1] if part.startswith("{") and part.endswith("}") else part


def test_an_entry_as_it_is() -> None:
    assert bibtex(source("Owen Tate", "Anna van der Berg")) == (
        "@misc{netwellness:29280,\n"
        "  author = {Tate, Owen and {van der Berg}, Anna},\n"
        "  title = {{Waking before dawn}},\n"
        "  year = {2004},\n"
        "  month = may,\n"
        "  howpublished = {NetWellness, archived in Housecall},\n"
        f"  url = {{{BASE}/q/netwellness/29280}},\n"
        "  urldate = {2026-11-22},\n"
        "  keywords = {Sleep Disorders},\n"
        "  note = {Question and answer. Answered May 17, 2004, by Owen Tate; "
        "Anna van der Berg. Archived copy of http://www.netwellness.org/question.cfm/29280.htm, "
        f"captured 2026-03-02T09:30:00Z. WARC record {RECORD}, payload {DIGEST}.}},\n"
        "}\n\n"
    )


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("50% & more_or less #1 $5", r"50\% \& more\_or less \#1 \$5"),
        ("a\\b{c}d", r"a\textbackslash{}b\textbraceleft{}c\textbraceright{}d"),
        ("~^", r"\textasciitilde{}\textasciicircum{}"),
        ("I`ve -- ``so''", "I`ve -{}- `{}`so'{}'"),
        ("naïve 日本", "naïve 日本"),
    ],
)
def test_what_latex_would_take_for_a_command_is_escaped(text: str, written: str) -> None:
    assert escape_latex(text) == written
    assert unlatex(written) == text


@given(hostile())
def test_bibtex_reads_back_as_it_was(citation: Citation) -> None:
    read = entry(bibtex(citation))
    assert read.key == citation_key(citation)
    assert read.type == "misc"
    assert unlatex(unbraced(read.fields["title"])) == citation.display_title
    # Names: pybtex, like BibTeX, has no white space but single spaces in what it reads.
    people = read.persons.get("author", [])
    assert len(people) == len(citation.authors)
    for person, author in zip(people, citation.authors, strict=True):
        assert spoken(person) == author.parts.inverted
    assert unlatex(read.fields["note"]) == note(citation)
    assert read.fields["url"] == citation.address
    assert read.fields.get("year", "") == (str(citation.year) if citation.year else "")
    known = {"title", "year", "month", "howpublished", "url", "urldate", "keywords", "note"}
    assert set(read.fields) <= known


@given(hostile(), hostile())
def test_keys_differ_where_questions_do(first: Citation, other: Citation) -> None:
    assert re.fullmatch(r"[a-z0-9_-]+:[a-z0-9_-]+", citation_key(first))
    assume(first.source_id != other.source_id)
    assert citation_key(first) != citation_key(other)


def test_keys_tell_capitals_and_borders_apart() -> None:
    sources = [("a", "b:c"), ("a:b", "c"), ("a", "B:c"), ("a-b", "c"), ("a", "b-c"), ("a", "_62")]
    keys = {citation_key(source(site=site, source_id=number)).lower() for site, number in sources}
    assert len(keys) == len(sources)


def test_a_record_in_ris() -> None:
    text = ris(source("John Smith, Jr.", "NetWellness Staff"))
    assert text.startswith("TY  - ELEC\r\nID  - netwellness:29280\r\nAU  - Smith, John, Jr.\r\n")
    assert text.endswith("\r\nER  - \r\n\r\n")
    (read,) = rispy.loads(text)
    assert read["type_of_reference"] == "ELEC"
    assert read["authors"] == ["Smith, John, Jr.", "NetWellness Staff"]
    assert read["title"] == "Waking before dawn"
    assert read["year"] == "2004"
    assert read["date"] == "2004/05/17"
    assert read["urls"] == [f"{BASE}/q/netwellness/29280"]
    assert read["accession_number"] == RECORD
    assert read["keywords"] == ["Sleep Disorders"]
    assert DIGEST in read["notes"][0]


@given(st.lists(hostile(), max_size=3))
def test_ris_reads_back_as_it_was(records: list[Citation]) -> None:
    text = "".join(RIS.write_all(records))
    lines = text.split("\r\n")
    assert all(not line or re.match(r"[A-Z][A-Z0-9]  - ", line) for line in lines)
    # No line that a text brought with it: not for readers that know other ends of lines.
    assert len(text.splitlines()) == text.count("\r\n")
    read = rispy.loads(text)
    assert len(read) == len(records)
    for item, citation in zip(read, records, strict=True):
        assert item["title"] == citation.display_title
        assert item.get("authors", []) == [author.parts.inverted for author in citation.authors]
        assert item["id"] == citation_key(citation)
        assert item.get("keywords", []) == list(citation.topics)


# The schema csl-data.json 1.0 allows no other members. All here but these are texts.
_CSL_TEXTS = {
    "id", "type", "title", "container-title", "genre", "URL", "archive", "archive_location",
    "keyword", "language",
}  # fmt: skip
_CSL_OTHERS = {"author", "issued", "accessed", "custom"}


def assert_is_csl(item: dict[str, Any]) -> None:
    assert item["type"] == "webpage"
    assert item["id"]
    assert set(item) <= _CSL_TEXTS | _CSL_OTHERS
    assert all(isinstance(item[name], str) for name in _CSL_TEXTS & set(item))
    for name in item.get("author", []):
        assert set(name) in ({"literal"}, {"family", "given"}, {"family", "given", "suffix"})
        assert all(isinstance(part, str) and part for part in name.values())
    for date in (item.get("issued"), item["accessed"]):
        if date is not None:
            ((*parts,),) = date["date-parts"]
            assert 1 <= len(parts) <= 3
            assert all(isinstance(part, int) for part in parts)


def test_an_item_of_csl() -> None:
    item = csl_json(source("John Smith, Jr.", "NetWellness Staff"))
    assert_is_csl(item)
    assert item["author"] == [
        {"family": "Smith", "given": "John", "suffix": "Jr."},
        {"literal": "NetWellness Staff"},
    ]
    assert item["issued"] == {"date-parts": [[2004, 5, 17]]}
    assert item["custom"]["payload_digest"] == DIGEST
    assert csl_json(source(answered_on=None))["issued"] == {"date-parts": [[2004]]}
    assert "issued" not in csl_json(source(answered_on=None, year=None))


@given(st.lists(hostile(), max_size=3))
def test_csl_reads_back_as_it_was(records: list[Citation]) -> None:
    read = json.loads("".join(CSL.write_all(records)).encode())
    assert [item["title"] for item in read] == [citation.display_title for citation in records]
    for item in read:
        assert_is_csl(item)


@given(st.lists(hostile(), max_size=3))
def test_a_list_in_bibtex_ends_with_its_number(records: list[Citation]) -> None:
    text = "".join(BIBTEX.write_all(records))
    assert text.endswith(f"@comment{{{len(records)} records, complete}}\n")
    text = text.replace("@misc{", "@misc{x")  # so that equal keys do not make it fail
    assert text.count("@misc{x") >= len(records)


def test_a_list_in_bibtex_is_read_with_its_comment() -> None:
    records = [source(source_id=str(number)) for number in range(5)]
    read = parse_string("".join(BIBTEX.write_all(records)), "bibtex")
    assert list(read.entries) == [f"netwellness:{number}" for number in range(5)]


def test_lists_are_written_as_they_are_read() -> None:
    taken = []

    def records() -> Any:
        for number in range(1000):
            taken.append(number)
            yield source(source_id=str(number))

    for form in FORMATS.values():
        taken.clear()
        pieces = form.write_all(records())
        for _ in range(3):
            next(pieces)
        assert len(taken) <= 3


@pytest.mark.parametrize(
    ("accept", "extension"),
    [
        ("application/x-bibtex", "bib"),
        ("application/x-bibtex, text/html;q=0.5", "bib"),
        ("text/html;q=0.9, APPLICATION/vnd.citationstyles.csl+json ; q=1", "json"),
        ("application/x-research-info-systems;q=0.8, */*;q=0.1", "ris"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", None),
        ("text/html, application/x-bibtex;q=0.3", None),
        ("application/x-bibtex;q=0", None),
        ("application/x-bibtex;q=nan", None),
        ("application/json", None),
        ("*/*", None),
        ("", None),
        (";,;q=,,=", None),
    ],
)
def test_who_asks_for_a_format_by_its_type_gets_it(accept: str, extension: str | None) -> None:
    form = preferred_format(accept)
    assert (form.extension if form else None) == extension
