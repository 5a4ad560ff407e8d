"""An archive of three sites: NetWellness, a forum with a long thread, an agency's FAQ page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from parsers.records import Answer, QAPage, Responder, TopicLink
from parsers.sites.address import AddressPattern
from parsers.sites.site import EXPERTS, Site
from parsers.urls import declare
from tests.publish.archives import HOSTILE, Archive, page

FORUM = Site(
    name="sleep-forum",
    title="The Sleep Forum",
    hosts=("forum.example.org",),
    origin="https://forum.example.org",
    questions=(AddressPattern("/threads/{id:path}[/page-{page}]"),),
    start=("https://forum.example.org/",),
    language="en",
)
AGENCY = Site(
    name="herzinstitut",
    title="Herzinstitut",
    hosts=("herz.example.de",),
    origin="https://herz.example.de",
    questions=(AddressPattern("/fragen/{id}"),),
    start=("https://herz.example.de/fragen/",),
    language="de",
    answers=EXPERTS,
)
#: Names that members of the public have on the forum: they stand nowhere in an archive.
MEMBERS = ("nightowl_77", "Berta Zuckerhut", "insomniac@mail.example", "quiet-river")
NURSE = Responder("Ines Okafor", ("RN",), "Sleep nurse", None, "Lakeside Clinic")

#: An id with all that means something in an address.
THREAD = "waking/at-4?why=1 & früh"
THREAD_URL = "https://forum.example.org/threads/waking"
SHORT, FAQ = "short-one", "bluthochdruck"

_TEXTS = (
    "I had the same for years.\n\nWhat helped me, in this order:\n"
    "1. the same hour of rising every day\n2. no screens in bed\n3. patience",
    "> I have been waking at four every night.\n> Is that a disorder?\n\n"
    "Not by itself. Look at:\n- how long you lie awake\n- how you are during the day",
    "My log of last week:\n\nday | asleep | awake\nMonday | 23:10 | 04:05\nTuesday | 22:50 | 05:40",
    "The export of my tracker looks like this:\n\n    night,hours\n    1,5.2\n\n    2,6.1\n\n"
    "Can anybody read that?",
)


def answers(numbers: range) -> tuple[Answer, ...]:
    """Some answers of the thread: every tenth by a nurse, the seventh is accepted."""
    return tuple(
        Answer(
            f"{_TEXTS[number % len(_TEXTS)]}\n\nThis is reply {number}.",
            author=None if number % 10 == 3 else MEMBERS[number % len(MEMBERS)],
            responders=(NURSE,) if number % 10 == 3 else (),
            answered_on=date(2019, 5, 3) + timedelta(days=number),
            accepted=number == 7,
            score=number % 5 if number % 3 else None,
            url=f"{THREAD_URL}#post-{number}",
        )
        for number in numbers
    )


def thread(part: int = 1, count: int = 30, **changes: object) -> QAPage:
    """A page of a thread: 20 answers on the first, the others on the second."""
    plain = page(1)
    first = part == 1
    values: dict[str, object] = {
        "url": THREAD_URL if first else f"{THREAD_URL}/page-{part}",
        "site": FORUM.name,
        "source_id": THREAD,
        "title": "Waking at four, every night",
        "question": "Every night at four.\n\n- I drink no coffee\n- I go to bed at eleven\n\nWhy?"
        if first
        else "",
        "asker": MEMBERS[0] if first else None,
        "asked_on": date(2019, 5, 3) if first else None,
        "answers": answers(range(1, min(21, count + 1)) if first else range(21, count + 1)),
        "topics": (TopicLink("Insomnia", None),),
        "links": (),
        "parser": "thread@1",
        "confidence": 0.93,
        "language": "en",
        "part": part,
    }
    return replace(plain, **{**values, **changes})  # type: ignore[arg-type]


def faq(number: int, question: str, answer: str) -> QAPage:
    """A question of the agency's page, in German."""
    url = f"https://herz.example.de/fragen/{FAQ}#frage-{number}"
    return thread(
        url=url,
        site=AGENCY.name,
        source_id=f"{FAQ}#frage-{number}",
        title=question,
        question=question,
        asker=None,
        asked_on=None,
        answers=(Answer(answer, responders=(Responder("Karl Anders", ("Dr. med.",)),)),),
        topics=(TopicLink("Bluthochdruck", None),),
        parser="structured@1",
        confidence=0.98,
        language="de",
    )


@contextmanager
def declared() -> Iterator[None]:
    """The two sites are declared in this process."""
    declare((FORUM, AGENCY))
    try:
        yield
    finally:
        declare(())


def build(path: Path) -> Archive:
    """Make the archive: it is left open, and committed."""
    with declared():
        made = Archive(path)
        made.add(page(101), thread(1), thread(2, 29))
        made.add(
            thread(
                url=f"https://forum.example.org/threads/{SHORT}",
                source_id=SHORT,
                title=HOSTILE,
                question=f"- {HOSTILE}\n> {HOSTILE}\n    {HOSTILE}",
                answers=(
                    replace(
                        answers(range(1, 2))[0], text=HOSTILE, author=HOSTILE, url="javascript:x"
                    ),
                ),
            )
        )
        record = made.capture(f"https://herz.example.de/fragen/{FAQ}")
        for number, (question, answer) in enumerate(_FAQ, 1):
            made.store.pending.add_page(replace(faq(number, question, answer), record_id=record))
        made.commit()
        made.add(thread(2))  # a reply has come
        made.commit()
    return made


_FAQ = (
    (
        "Was ist Bluthochdruck?",
        "Ein dauernd zu hoher Druck.\n\nMan misst ihn so:\n1. sitzen\n2. messen",
    ),
    ("Wie oft soll ich messen?", "Zweimal am Tag:\n- morgens\n- abends"),
    ("Was ist mit Salz?", "Weniger ist besser."),
)
