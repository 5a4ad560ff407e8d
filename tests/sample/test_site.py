"""The generator: the same every time, distinct, complete, and whole."""

from __future__ import annotations

import re
from collections import Counter, deque
from html import unescape
from urllib.parse import urljoin, urlsplit

import pytest

from parsers.records import QAPage
from sample import Site, plan
from sample.charsets import CHARSETS
from sample.eras import ERAS
from sample.layout import scheme
from sample.library import entries, people, topics

HREF = re.compile(rb'<a\s+href="([^"]*)"', re.I)
SITE = Site(pages=300, big=0)


def test_content_is_as_rich_as_promised() -> None:
    assert len(entries()) >= 48
    assert len(topics()) >= 14
    assert len(people()) >= 18
    assert {who for topic in topics() for who in topic.people} == set(people())
    held = {credential for person in people() for credential in person.credentials}
    assert held >= {"MD", "RN", "PharmD", "DDS", "OD", "RD", "PhD", "MSN"}
    assert len({person.institution for person in people()}) == 3
    assert all("{age}" in entry.question for entry in entries())


def test_same_options_same_bytes_and_another_seed_another_site() -> None:
    again, other = Site(pages=300, big=0), Site(pages=300, big=0, seed=2)
    paths = ["/", "/robots.txt", "/sitemap.xml", *list(SITE.urls())[::10]]
    assert [SITE.response(path) for path in paths] == [again.response(path) for path in paths]
    assert SITE.truth("900020") != other.truth("900020")


def test_no_two_pages_are_alike() -> None:
    pages = list(Site(pages=6000).questions())
    assert len({(page.title, page.question) for page in pages}) == 6000
    assert len({page.source_id for page in pages}) == 6000


def test_far_rounds_through_the_texts_are_still_distinct() -> None:
    far = Site(pages=500_000)
    turns = range(0, 500_000 - 57, 57 * 3)
    texts = {(page.title, page.question) for page in (_record(far, number) for number in turns)}
    assert len(texts) == len(turns)


def _record(site: Site, number: int) -> QAPage:
    page = site.truth(str(plan.page_id(number)))
    assert page is not None
    return page


def test_every_template_meets_every_charset() -> None:
    found = {scheme(1, number) for number in range(300)}
    assert found == {(era, charset) for era in ERAS for charset in CHARSETS}


def test_ids_lead_back_to_their_pages() -> None:
    site = Site(pages=1000, added=0.1)
    assert [plan.page_number(site, plan.page_id(n)) for n in range(1100)] == list(range(1100))
    assert plan.page_number(site, plan.page_id(1100)) is None
    odd = {plan.odd_id(index) for index in range(plan.odd_count(site))}
    assert odd.isdisjoint(plan.page_id(number) for number in range(1100))
    assert all(plan.odd_kind(site, identifier) for identifier in odd)


def test_there_are_as_many_pages_as_asked_for() -> None:
    pages = list(SITE.questions())
    assert len(pages) == 300
    status = Counter(page.status for page in pages)
    assert 1 <= status["unanswered"] <= 30
    assert all((page.answer == "") == (page.status == "unanswered") for page in pages)
    assert {len(page.responders) for page in pages} >= {0, 1, 2, 3}
    assert any(page.answered_on is None for page in pages if page.answer)
    assert any("`" in page.question for page in pages)
    assert any("’" in page.question for page in pages)


def test_truth_is_shown_text() -> None:
    for page in SITE.questions():
        for text in (page.title, page.question, page.answer):
            assert text == text.strip()
            assert "\n\n\n" not in text
            assert not re.search(r"[ \t]{2}|[ \t]\n|\n[ \t]|\r|\{|\*", text)


@pytest.mark.parametrize("era", ERAS)
def test_pages_have_their_truth_in_them(era: str) -> None:
    """All of the record is in the bytes, decoded as the page says; markup apart."""
    site = Site(pages=1200, big=0)
    numbers = [number for number in range(1200) if scheme(1, number)[0] == era]
    for number in numbers:
        page = _record(site, number)
        status, headers, body = site.response(f"/question.cfm/{page.source_id}.htm")
        assert (status, int(headers["Content-Length"])) == (200, len(body))
        html = body.decode(scheme(1, number)[1].codec)
        assert "*" not in html
        seen = unescape(re.sub(r"<[A-Za-z/!][^>]*>", " ", html))
        seen = re.sub(r"\s+", "", seen)
        blocks = f"{page.title}\n{page.question}\n{page.answer}".split("\n")
        lines = [*blocks, *(link.text for link in page.links)]
        for who in page.responders:
            lines += [", ".join((who.name, *who.credentials)), who.institution or ""]
        if number not in plan.HOSTILE:
            missing = [line for line in lines if re.sub(r"\s+", "", line) not in seen]
            assert missing == []


def _walk(site: Site) -> dict[str, int]:
    """Status of every address that links lead to from /, redirects followed."""
    base = "http://site"
    seen: dict[str, int] = {}
    queue = deque(["/"])
    while queue:
        path = queue.popleft()
        if path in seen or path.startswith("/cgi-bin/"):
            continue
        status, headers, body = site.response(path)
        seen[path] = status
        hrefs = [unescape(found.decode("latin-1")) for found in HREF.findall(body)]
        for href in [*hrefs, headers.get("Location", "")]:
            target = urlsplit(urljoin(base + path, href))
            if target.netloc == "site" and target.scheme == "http":
                queue.append(target.path + (f"?{target.query}" if target.query else ""))
    return seen


def test_all_questions_can_be_reached_by_links_and_by_sitemap() -> None:
    site = Site(pages=300, big=0, traps=False)
    seen = _walk(site)
    wanted = {f"/question.cfm/{page.source_id}.htm" for page in site.questions()}
    assert wanted <= seen.keys()
    assert {301, 302, 404, 410} <= set(seen.values())
    sitemap = site.response("/sitemap.xml")[2].decode()
    assert wanted <= set(re.findall(rf"<loc>{site.base}(/question[^<]*)</loc>", sitemap))
    broken = {path for path, status in seen.items() if status in (404, 410, 500)}
    assert all(site.kind(path[14:20]) in ("missing", "gone") for path in broken)


def test_all_odd_pages_are_linked_in_a_large_site() -> None:
    site = Site(pages=3000, big=0, traps=False)
    listed: set[str] = set()
    for topic in topics():
        page = 1
        while (answer := site.response(f"{topic.path}questions.htm?page={page}"))[0] == 200:
            listed.update(href.decode() for href in HREF.findall(answer[2]))
            page += 1
    odd = {f"/question.cfm/{plan.odd_id(index)}.htm" for index in range(plan.odd_count(site))}
    assert odd <= listed


def test_large_sitemaps_have_parts() -> None:
    site = Site(pages=3000)
    index = site.response("/sitemap.xml")[2].decode()
    parts = re.findall(r"<loc>http://127.0.0.1:8000(/sitemap-\d+.xml)</loc>", index)
    assert len(parts) == 4
    found = "".join(site.response(part)[2].decode() for part in parts)
    assert found.count("/question.cfm/") >= 3000
    assert site.response("/sitemap-9.xml")[0] == 404


def test_padding_is_about_as_asked_and_adds_no_addresses() -> None:
    site = Site(pages=300, kb=30, big=0)
    pages = [site.response(f"/question.cfm/{page.source_id}.htm")[2] for page in site.questions()]
    assert 27 < sum(map(len, pages)) / len(pages) / 1024 < 33
    links = [len(HREF.findall(page)) for page in pages]
    assert 70 < sum(links) / len(links) < 90
    small = Site(pages=300, big=0, traps=False)
    padded = Site(pages=300, kb=30, big=0, traps=False)
    assert _walk(padded).keys() == _walk(small).keys()


def test_a_later_state_differs_where_it_says_and_nowhere_else() -> None:
    later = Site(pages=300, big=0, changed=0.1, gone=0.1, added=0.1)
    kinds = Counter[str]()
    for page in SITE.questions():
        path = f"/question.cfm/{page.source_id}.htm"
        before, after = SITE.response(path), later.response(path)
        now = later.truth(page.source_id)
        if now is None:
            kinds[later.kind(page.source_id)] += 1
            assert after[0] in (200, 404, 410)
        elif now != page:
            kinds["changed"] += 1
            assert now.answer.startswith(page.answer)
            assert before[1]["ETag"] != after[1]["ETag"]
            assert before[1]["Last-Modified"] != after[1]["Last-Modified"]
        else:
            assert before == after
    assert {"changed", "missing", "gone", "soft-gone"} <= kinds.keys()
    added = [page for page in later.questions() if SITE.kind(page.source_id) == "unknown"]
    assert len(added) == 30
    latest = max(int(page.source_id) for page in SITE.questions())
    assert min(int(page.source_id) for page in added) > latest


def test_big_page() -> None:
    path = f"/question.cfm/{plan.page_id(plan.BIG)}.htm"
    assert 4.5e6 < len(Site(pages=300).response(path)[2]) < 5.5e6


def test_trap_never_ends_unless_it_is_left_out() -> None:
    page = SITE.response("/calendar/2999-12.htm")[2]
    assert b"/calendar/3000-01.htm" in page
    assert Site(traps=False).response("/calendar/2999-12.htm")[0] == 404


@pytest.mark.parametrize(
    "values", [{"pages": 0}, {"gone": 1.5}, {"kb": -1}, {"slow": float("nan")}]
)
def test_senseless_options_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(values))):
        Site(**values)  # type: ignore[arg-type]
