"""Every kind of page, by name: what accessibility and layout are checked on."""

from __future__ import annotations

from publish.data.urls import question_path
from tests.publish import forum

#: name -> path on the crawled sample archive
SAMPLE = {
    "front": "/",
    "search, empty": "/search",
    "search": "/search?q=sleep",
    "search, filtered": "/search?q=the&status=answered&institution=University+of+Cincinnati",
    "search, second page": "/search?q=the&page=2",
    "search, nothing": "/search?q=zzyzx",
    "search, misspelt": "/search?q=asthna",
    "question": "/q/netwellness/900001",
    "topic": "/topic/sleep-disorders",
    "institution": "/institution/university-of-cincinnati",
    "topics": "/topics",
    "responders": "/responders",
    "responders, a letter": "/responders?letter=M",
    "institutions": "/institutions",
    "charts": "/charts",
    "charts of a search": "/charts?q=sleep",
    "export": "/export",
    "find by address": "/q",
    "find by address, unknown": "/q?url=http://www.netwellness.org/question.cfm/1.htm",
    "about": "/about",
    "database": "/archive",
    "questions": "/archive/questions",
    "questions, columns": "/archive/questions?_columns=all",
    "questions, filters": "/archive/questions?status=answered&title__contains=a&_sort=confidence",
    "captures": "/archive/captures",
    "failures": "/archive/failures",
    "row": "/archive/questions/1",
    "capture": "/archive/captures/3",
    "canned query": "/archive/questions_by_topic_and_year",
    "canned query, parameter": "/archive/word_by_year?word=sleep",
    "own query": "/archive?sql=select+title,+year+from+questions+limit+5",
    "own query, wrong": "/archive?sql=select+nothing+from+nowhere",
    "not found": "/nothing-here",
}

#: name -> path on the small archive of tests/publish/archives.py
SMALL = {
    "question, within a search": "/q/netwellness/102?q=night&at=0",
    "question, unanswered": "/q/netwellness/103",
    "question, unsure": "/q/netwellness/104",
    "question, changed": "/q/netwellness/106",
    "question, gone": "/q/netwellness/107",
    "question, hostile": "/q/netwellness/105",
    "texts": "/q/netwellness/106/versions",
    "comparison": "/q/netwellness/106/compare",
    "responder": "/responder/maria-lindqvist",
    "search, hostile": "/search?q=alert",
    "versions": "/archive/versions",
}

_THREAD = question_path(forum.FORUM.name, forum.THREAD)

#: name -> path on the archive of several sites of tests/publish/forum.py
FORUM = {
    "front, several sites": "/",
    "search, several sites": "/search?q=waking",
    "thread": _THREAD,
    "thread, hostile": question_path(forum.FORUM.name, forum.SHORT),
    "thread, texts": f"{_THREAD}/versions",
    "thread, comparison": f"{_THREAD}/compare",
    "thread, a text": f"{_THREAD}/versions/3",
    "FAQ question": question_path(forum.AGENCY.name, f"{forum.FAQ}#frage-1"),
    "FAQ page": f"/q?url=https://herz.example.de/fragen/{forum.FAQ}",
    "site": f"/site/{forum.FORUM.name}",
}

#: name -> path on the small archive with question 102 withheld, served to the public
GUARDED = {
    "withheld": "/q/netwellness/102",
    "database, public": "/archive",
    "questions, public": "/archive/questions",
}

#: (fixture of the site, path, name)
KINDS = [
    (site, path, name)
    for site, kinds in (
        ("site", SAMPLE),
        ("small_site", SMALL),
        ("forum_site", FORUM),
        ("guarded_site", GUARDED),
    )
    for name, path in kinds.items()
]
