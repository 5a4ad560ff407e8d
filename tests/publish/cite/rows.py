"""Rows for the tests of citations, as publish.data.records.question gives them."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from publish.cite.record import Citation, cite

BASE = "https://archive.example.org"
TODAY = date(2026, 11, 22)
DIGEST = "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
RECORD = "urn:uuid:00000000-0000-4000-8000-000000000001"

# Text that means something to one of the formats, among text that does not.
_TRAPS = [
    *"{}\\%#&$~^_\"'`,;:@|<>-=*.?! \t\r\n\x00\x1b\x7f\x85",
    *("and", " and ", "others", "--", "``", "''", "?`", "\r\nER  - ", "\nTY  - JOUR", "\u2028"),
    *("</script>", "<!--", "]]>", "@comment{", "\\end{document}", "é", "日本", "🩺", "a", "Bee"),
    *("\u202e", "\ufeff", "\ud800", "\uffff", "e\u0301", "van ", "Jr."),
]
HOSTILE_TEXT = st.one_of(
    st.text(max_size=40), st.lists(st.sampled_from(_TRAPS), max_size=15).map("".join)
)


def person(name: str, credentials: str = "", institution: str | None = None) -> dict[str, Any]:
    """A row of answer_responders."""
    return {
        "responder_id": 5,
        "name": name,
        "credentials": credentials,
        "title": None,
        "institution": institution,
    }


def answer(text: str, *people: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A row of answers, with the experts who sign it."""
    return {
        "position": 1,
        "text": text,
        "author": None,
        "answered_on": "2004-05-17",
        "accepted": 0,
        "score": None,
        "url": None,
        "responders": list(people),
        **changes,
    }


def question(*names: str, **changes: Any) -> dict[str, Any]:
    """A question that has all parts, but for what ``changes`` says; with one answer."""
    people = changes.pop("responders", [person(name) for name in names])
    return {
        "id": 3,
        "site": "netwellness",
        "source_id": "29280",
        "url": "http://www.netwellness.org/question.cfm/29280.htm",
        "title": "Waking before dawn",
        "question": "Is that a sleep disorder?",
        "answers": [answer(changes.pop("answer", "It is common."), *people)],
        "asked_on": None,
        "language": "en",
        "site_title": "NetWellness",
        "answered_on": "2004-05-17",
        "year": 2004,
        "status": "answered",
        "responders": people,
        "topics": [{"name": "Sleep Disorders"}],
        "capture": {
            "captured_at": "2026-03-02T09:30:00.000000Z",
            "digest": DIGEST,
            "record_id": RECORD,
            "warc_file": "netwellness-0001.warc.gz",
        },
        **changes,
    }


def source(*names: str, **changes: Any) -> Citation:
    """The same as a citation."""
    return cite(question(*names, **changes), BASE, TODAY)


@st.composite
def hostile(draw: st.DrawFn) -> Citation:
    """A citation of which every text is hostile."""
    text = HOSTILE_TEXT
    people = st.builds(person, text, text, text)
    return source(
        source_id=draw(text.filter(bool)),
        url=draw(text),
        title=draw(text),
        answered_on=draw(st.one_of(st.none(), st.dates().map(str), text)),
        year=draw(st.one_of(st.none(), st.integers(1, 9999))),
        answers=draw(st.integers(0, 3)),
        site_title=draw(st.one_of(st.none(), text)),
        language=draw(text),
        responders=draw(st.lists(people, max_size=4)),
        topics=[{"name": name} for name in draw(st.lists(text, max_size=3))],
        capture=draw(
            st.one_of(
                st.none(),
                st.fixed_dictionaries(
                    dict.fromkeys(("captured_at", "digest", "record_id", "warc_file"), text)
                ),
            )
        ),
    )
