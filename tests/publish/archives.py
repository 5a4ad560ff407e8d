"""Small archives, written by the real store, for the tests of the pages."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from parsers.records import Answer, Link, QAPage, Responder, TopicLink
from pipelines.db.models import CaptureRow, Crawl, CrawlEnd, Failure
from pipelines.store.store import Store

SITE = "netwellness"
START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
HOST = "http://www.netwellness.org"

DOCTOR = Responder(
    "Maria Lindqvist",
    ("MD",),
    "Associate Professor of Family Medicine",
    "College of Medicine",
    "University of Cincinnati",
    f"{HOST}/experts/lindqvist.cfm",
)
PHARMACIST = Responder(
    "Owen Tate", ("PharmD", "RPh"), "Clinical Pharmacist", None, "The Ohio State University"
)
SLEEP = TopicLink("Sleep Disorders", f"{HOST}/healthtopics/sleep/")
DIABETES = TopicLink("Diabetes", f"{HOST}/healthtopics/diabetes/")

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`&{{7*7}}"


_OF_ANSWER = {"answer": "text", "responders": "responders", "answered_on": "answered_on"}
ANSWER = Answer(
    "Early waking is common.\n\nTry these:\nkeep one bedtime\navoid late coffee",
    responders=(DOCTOR,),
    answered_on=date(2004, 5, 17),
)


def changed(page: QAPage, **changes: Any) -> QAPage:
    """A page with other values.

    ``answer``, ``responders`` and ``answered_on`` are those of its one answer; there is none
    where ``status`` is ``unanswered``.
    """
    of_answer = {_OF_ANSWER[name]: changes.pop(name) for name in _OF_ANSWER if name in changes}
    if of_answer:
        changes["answers"] = (replace(page.answers[0] if page.answers else ANSWER, **of_answer),)
    if changes.get("status") == "unanswered":
        changes["answers"] = ()
    return replace(page, **changes)


def page(number: int, **changes: Any) -> QAPage:
    """A question page with all of its parts, but for what ``changes`` says."""
    plain = QAPage(
        url=f"{HOST}/question.cfm/{number}.htm",
        site=SITE,
        source_id=str(number),
        title="Waking before dawn",
        question="I`ve been waking at four every night.\n\nIs that a sleep disorder?",
        answers=(ANSWER,),
        topics=(SLEEP,),
        links=(Link("A guide to sleep", "http://sleep.example.org/guide?a=1&b=2"),),
        status="answered",
        confidence=1.0,
        warnings=(),
        parser="labelled@1",
        record_id="",
    )
    return changed(plain, **changes)


@dataclass
class Archive:
    """An archive being made: each page added gets a capture of its own."""

    path: Path
    crawl: str = "11111111-1111-4111-8111-111111111111"
    made: int = field(default=0)

    def __post_init__(self) -> None:
        self.store = Store.open(self.path)
        self.store.pending.add_crawl(
            Crawl(self.crawl, "netwellness", {"base": HOST}, START, {"x": "1"})
        )

    def capture(self, url: str, *, status: int = 200) -> str:
        """Add a capture of ``url``, a day after the one before; its record id is returned."""
        self.made += 1
        record = f"urn:uuid:00000000-0000-4000-8000-{self.made:012d}"
        self.store.pending.add_capture(
            CaptureRow(
                record_id=record,
                url=url,
                canonical_url=url,
                captured_at=START + timedelta(days=self.made),
                status=status,
                content_type="text/html",
                digest="sha1:" + "A" * 32,
                warc_file="netwellness-0001.warc.gz",
                offset=self.made * 1000,
                length=900,
                source="live",
                crawl=self.crawl,
            )
        )
        return record

    def add(self, *pages: QAPage) -> None:
        """Add pages, each read from a new capture."""
        for one in pages:
            self.store.pending.add_page(replace(one, record_id=self.capture(one.url)))

    def commit(self) -> None:
        """Make what was added visible to others."""
        self.store.commit()

    def close(self) -> None:
        """End the run and close the file."""
        self.store.pending.finish_crawl(
            self.crawl, CrawlEnd(START + timedelta(days=99), "finished")
        )
        self.store.close()


def small(path: Path) -> Archive:
    """An archive that has one of everything: it is left open, and committed."""
    made = Archive(path)
    made.add(
        page(101),
        page(
            102,
            title="Sugar and night sweats",
            question="Why do I sweat at night?",
            answer="Low blood sugar can do that.\n\nMeasure it.",
            topics=(DIABETES, SLEEP),
            responders=(PHARMACIST, DOCTOR),
            answered_on=date(2007, 1, 2),
        ),
        page(
            103,
            title="Insulin on a journey",
            question="How do I keep insulin cool?",
            answer="",
            status="unanswered",
            responders=(),
            topics=(DIABETES,),
            links=(),
            answered_on=None,
        ),
        page(
            104,
            title="Snoring",
            confidence=0.4,
            warnings=("no label stands between question and answer",),
            links=(Link("bad", "javascript:alert(1)"), Link("data", "data:text/html,x")),
        ),
        page(
            105,
            title=HOSTILE,
            question=HOSTILE,
            answer=HOSTILE,
            responders=(Responder(HOSTILE, (HOSTILE,), HOSTILE, HOSTILE, HOSTILE, None),),
            topics=(TopicLink(HOSTILE, None),),
            links=(Link(HOSTILE, "javascript:alert(1)//http://x"),),
            warnings=(HOSTILE,),
            confidence=0.9,
        ),
        page(106, title="Changed"),
        page(107, title="Taken away"),
    )
    made.commit()
    made.add(page(106, title="Changed", answer="The answer was revised."))
    made.store.pending.mark_gone(made.capture(page(107).url, status=404))
    broken = made.capture(f"{HOST}/question.cfm/108.htm")
    made.store.pending.add_failure(Failure(broken, "parse", f"no answer found {HOSTILE}", "answer"))
    made.commit()
    return made
