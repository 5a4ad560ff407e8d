"""The rules that rows follow, as pure functions: how a value is written as JSON, what identifies
a question, a person, a topic and a text, and which captures count."""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import unicodedata
from collections.abc import Collection
from dataclasses import fields
from datetime import date
from functools import lru_cache
from typing import Any

import orjson

from parsers.records import Answer, Link, QAPage, Responder, TopicLink
from parsers.urls import question_id, site_of


def to_json(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, characters as they are.

    Of floats, those that need no exponent are meant: how one is written is nobody's standard.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # half characters, whole numbers of more than 64 bits
        return _ENCODER.encode(value)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))

_CACHE = 4096  # a site has some hundreds of each, and every page names a few
_APOSTROPHES = re.compile(r"['’`]")


@lru_cache(maxsize=_CACHE)
def responder_id(site: str, responder: Responder) -> int:
    """The id of a responder: by profile URL where there is one, else by name and institution."""
    if responder.url:
        return _id("responder", site, responder.url)
    return _id("responder", site, _folded(responder.name), _folded(responder.institution or ""))


@lru_cache(maxsize=_CACHE)
def topic_id(slug: str) -> int:
    """The id of a topic."""
    return _id("topic", slug)


@lru_cache(maxsize=_CACHE)
def topic_slug(topic: TopicLink) -> str:
    """A topic's name in addresses. By name alone: many pages name a topic without its link."""
    return slug(_APOSTROPHES.sub("", topic.name))


def version_record(page: QAPage) -> str:
    """The text that a page had, as canonical JSON: all that counts as a change of it."""
    return to_json(
        {
            "title": page.title,
            "question": page.question,
            "asker": page.asker,
            "asked_on": _iso(page.asked_on),
            "answers": [_answer_record(answer) for answer in page.answers],
            "status": page.status,
            "topics": [_as_dict(topic) for topic in page.topics],
            "links": [_as_dict(link) for link in page.links],
            "language": page.language,
        }
    )


def _answer_record(answer: Answer) -> dict[str, Any]:
    return {
        **_as_dict(answer),
        "responders": [_as_dict(person) for person in answer.responders],
        "answered_on": _iso(answer.answered_on),
    }


def _as_dict(value: Answer | Responder | TopicLink | Link) -> dict[str, Any]:
    """The fields of a flat value; ``asdict`` would copy each of them, at 2 % of a crawl."""
    return {name: getattr(value, name) for name in _FIELDS[type(value)]}


_FIELDS = {
    kind: tuple(field.name for field in fields(kind))
    for kind in (Answer, Responder, TopicLink, Link)
}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def text_of(record: str) -> dict[str, Any]:
    """The fields of a page that a version's canonical JSON has, as :class:`QAPage` has them."""
    values: dict[str, Any] = json.loads(record)
    return {
        **values,
        "asked_on": _day(values["asked_on"]),
        "answers": tuple(map(_answer, values["answers"])),
        "topics": tuple(TopicLink(**topic) for topic in values["topics"]),
        "links": tuple(Link(**link) for link in values["links"]),
    }


def _answer(values: dict[str, Any]) -> Answer:
    people = ({**each, "credentials": tuple(each["credentials"])} for each in values["responders"])
    return Answer(
        **{
            **values,
            "responders": tuple(Responder(**person) for person in people),
            "answered_on": _day(values["answered_on"]),
        }
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def version_digest(record: str) -> str:
    """The identity of a text: sha256, in hex, of its canonical JSON.

    :raises UnicodeError: if the text holds half characters
    """
    return hashlib.sha256(record.encode()).hexdigest()


def words_digest(title: str, question: str, answer: str) -> str:
    """What a text says, whatever its layout: sha256, in hex, of its three parts with white
    space collapsed. Captures of one question with equal words confirm each other.

    :raises UnicodeError: if the text holds half characters
    """
    parts = [" ".join(part.split()) for part in (title, question, answer)]
    return hashlib.sha256(to_json(parts).encode()).hexdigest()


def _id(*key: str) -> int:
    # 48 bits: far from a collision at any size a site can have, and exact in JavaScript.
    return int.from_bytes(hashlib.sha256(to_json(key).encode()).digest()[:6], "big")


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def slug(name: str) -> str:
    """Return a name as it may stand in an address: "Sleep & Rest" is ``sleep-rest``.

    A name without any letter or digit of ASCII becomes the beginning of its SHA-256.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words or hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:12]


#: What stands in ``failures`` for a page that is withheld and could not be read.
FAILURE_REASON = "the page is withheld"

#: A question, by what its site calls it.
Key = tuple[str, str]


def key_of(canonical: str) -> Key:
    """The question that a canonical URL is the page of; its number is "" if it is none."""
    return (site_of(canonical), question_id(canonical))


def page_of(key: Key) -> Key:
    """The page that a question is on: itself, but for those of a page with several, whose ids
    are that of the page, ``#`` and an anchor."""
    return key[0], key[1].partition("#")[0]


def is_withheld(withheld: Collection[Key], key: Key) -> bool:
    """Whether a question is withheld, or its page with all that is on it."""
    return key in withheld or page_of(key) in withheld


def withheld_keys(connection: sqlite3.Connection) -> frozenset[Key]:
    """What an archive withholds."""
    rows = connection.execute("SELECT site, source_id FROM withheld")
    return frozenset((site, source_id) for site, source_id in rows)


#: HTTP: not found, and gone for good.
GONE_STATUS = frozenset({404, 410})

#: HTTP: a part of the page only; nobody here asks for one.
PARTIAL = 206


def is_readable(status: int, truncated: str | None) -> bool:
    """Whether a capture is whole and a success, so that what a parser reads in it may count."""
    return 200 <= status < 300 and status != PARTIAL and not truncated


#: What is asked for by custom, though nothing names it, and often is not there.
_CUSTOMARY = re.compile(
    r"robots\.txt|favicon\.ico|sitemap(_index)?\.xml(\.gz)?|sitemap\.txt|"
    r"apple-touch-icon[\w-]*\.png|\.well-known/.*"
)


def is_no_loss(url: str, status: int) -> bool:
    """Whether an answer says no more than that a site has no robots.txt, sitemap or icon."""
    path = url.partition("://")[2].partition("/")[2]
    return status in GONE_STATUS and _CUSTOMARY.fullmatch(path) is not None


def can_be_gone(status: int, truncated: str | None) -> bool:
    """Whether a capture may say that its page is gone: by its status, or by what a reader sees."""
    return status in GONE_STATUS or is_readable(status, truncated)


def names_of(row_url: str, captured_at: str, digest: str) -> tuple[str, str, str]:
    """What a revisit may call its original, besides its record id.

    :param row_url: the original's canonical one
    :param captured_at: as rows have it
    """
    exact, second = f"{row_url} {captured_at}", f"{row_url} {captured_at[:19]}"
    return exact, second, f"{row_url} {digest}"
