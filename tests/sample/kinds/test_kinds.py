"""The other kinds of sites: the same every time, whole, and as their declarations say."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from lxml import html

import parsers
from parsers.records import QAPage
from parsers.sites.address import fits_glob
from parsers.sites.site import Site
from parsers.urls import canonical_url, declare, question_id, resolve
from sample.kinds.kind import KnownPage
from sample.kinds.site import KINDS, KindSite

PAGES = 60
LOCATION = re.compile(r"<(?:loc|link)>([^<]+)</")


@pytest.fixture(params=KINDS)
def site(request: pytest.FixtureRequest) -> KindSite:
    return KindSite(kind=request.param, pages=PAGES)


@pytest.fixture
def declared(site: KindSite) -> Iterator[Site]:
    read = parsers.read_declaration(site.declaration(), f"{site.kind}.toml")
    declare([read])
    yield read
    declare([])


def body(site: KindSite, target: str) -> str:
    status, headers, content = site.resource(target, zipped=False)
    assert (status, int(headers["Content-Length"])) == (200, len(content)), target
    return content.decode("utf-8")


def visible(page: str) -> str:
    """The text of a page, spaces made one."""
    tree = html.document_fromstring(page)
    for hidden in tree.xpath("//script|//style|//noscript|//head"):
        hidden.drop_tree()
    for element in tree.iter("br", "p", "li", "td", "th", "div", "pre", "blockquote"):
        element.tail = f" {element.tail or ''}"
        element.text = f" {element.text or ''}"
    return " ".join(str(tree.text_content()).split())


def lines(page: QAPage) -> list[str]:
    """The lines of a record as they stand on the page, without the marks of their structure."""
    texts = [page.question, *(answer.text for answer in page.answers)]
    marked = (line for text in texts for line in text.split("\n"))
    bare = (re.sub(r"^(?:(?:> ?)*)(?:- |\d+\. )?", "", line) for line in marked)
    cells = (cell for line in bare for cell in line.split(" | "))
    return [" ".join(cell.split()) for cell in cells if cell.strip()]


def test_same_options_same_bytes_and_another_seed_another_site(site: KindSite) -> None:
    known = list(site.known_pages())
    again = KindSite(kind=site.kind, pages=PAGES)
    assert list(again.known_pages()) == known
    assert [body(again, page.target) for page in known] == [body(site, p.target) for p in known]
    other = KindSite(kind=site.kind, pages=PAGES, seed=2)
    assert list(other.known_pages()) != known


def test_as_many_pages_as_asked_for_each_with_an_address_of_its_own(site: KindSite) -> None:
    known = list(site.known_pages())
    assert len({page.target for page in known}) == len(known) >= PAGES
    records = [record for page in known for record in page.pages]
    assert len({record.url for record in records}) == len(records)
    ids = {record.source_id.partition("#")[0] for record in records}
    assert len(ids) == (0 if site.kind == "script" else PAGES)


def test_all_of_the_truth_is_on_the_page_in_its_order(site: KindSite) -> None:
    for known in site.known_pages():
        seen, place = visible(body(site, known.target)), 0
        for record in known.pages:
            assert record.title in seen
            for line in lines(record):
                place = seen.find(line, place)
                assert place >= 0, (known.target, line)
                place += len(line)


def test_every_name_and_permalink_is_on_the_page(site: KindSite) -> None:
    for known in site.known_pages():
        page = body(site, known.target)
        seen = visible(page)
        for record in known.pages:
            names = [record.asker, *(answer.author for answer in record.answers)]
            names += [who.name for answer in record.answers for who in answer.responders]
            assert all(name in seen for name in names if name)


def test_truth_is_shown_text(site: KindSite) -> None:
    for known in site.known_pages():
        for record in known.pages:
            texts = [record.title, record.question, *(a.text for a in record.answers)]
            for text in texts:
                assert text.strip() == text.rstrip()[len(text) - len(text.lstrip()) :]
                assert not re.search(r"[{}*]|\n\n\n|[ \t]\n", text)
            assert (record.status == "answered") == bool(record.answers)


def test_the_declaration_knows_every_question(site: KindSite, declared: Site) -> None:
    for known in site.known_pages():
        url = site.base + known.target
        assert canonical_url(url) == url
        for record in known.pages:
            assert record.source_id.partition("#")[0] == question_id(url)
            assert record.site == declared.name


def reached(site: KindSite, declared: Site) -> set[str]:
    """The canonical addresses of all questions that lead from the start and the sitemaps."""
    queue = deque([*declared.start, *(declared.sitemaps or ()), *(declared.feeds or ())])
    seen: set[str] = set()
    while queue:
        url = canonical_url(queue.popleft())
        if url in seen:
            continue
        seen.add(url)
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        content = body(site, target)
        listed = LOCATION.findall(content)
        hrefs = html.document_fromstring(content.encode()).xpath("//a/@href") if not listed else []
        targets = (_followed(declared, url, href) for href in [*listed, *hrefs])
        queue += [target for target in targets if target]
    return {url for url in seen if question_id(url)}


def _followed(declared: Site, base: str, href: str) -> str | None:
    url = resolve(base, href)
    if url is None or not url.startswith(declared.origin):
        return None
    path = url.removeprefix(declared.origin)
    if any(fits_glob(each, path) for each in declared.skip):
        return None
    wanted = question_id(url) or any(fits_glob(each, path) for each in declared.follow)
    return url if wanted else None


def test_every_page_of_every_question_can_be_reached(site: KindSite, declared: Site) -> None:
    wanted = {site.base + known.target for known in site.known_pages()}
    assert reached(site, declared) == wanted


@pytest.mark.parametrize("target", ["/nothing", "/t/x/99999", "/viewforum.php?f=999", "/faq/x/"])
def test_what_is_not_there_is_not_found(site: KindSite, target: str) -> None:
    assert site.resource(target, zipped=False)[0] == 404


@pytest.mark.parametrize("values", [{"kind": "usenet"}, {"kind": "faq", "gone": 0.5}])
def test_senseless_options_are_refused(values: dict[str, str | float]) -> None:
    with pytest.raises(ValueError, match=r"kind|gone"):
        KindSite(**values)  # type: ignore[arg-type]


def known(kind: str) -> list[KnownPage]:
    return list(KindSite(kind=kind, pages=PAGES).known_pages())


@pytest.mark.parametrize("kind", ["discourse", "phpbb"])
def test_forums_have_all_that_forums_have(kind: str) -> None:
    records = [record for page in known(kind) for record in page.pages]
    answers = [answer for record in records for answer in record.answers]
    assert max(record.part for record in records) > 1
    assert any(record.status == "unanswered" for record in records)
    assert any(answer.text.startswith("> ") for answer in answers)
    assert any("\n    " in answer.text for answer in answers)
    later = [record for record in records if record.part > 1]
    assert all(not record.question and record.asker is None for record in later)
    askers = {record.source_id: record.asker for record in records if record.part == 1}
    authors = {(record.source_id, a.author) for record in records for a in record.answers}
    assert authors & set(askers.items())  # who asked writes again


def test_a_solution_is_on_the_first_page() -> None:
    accepted = [
        (record.part, answer)
        for page in known("discourse")
        for record in page.pages
        for answer in record.answers
        if answer.accepted
    ]
    assert len(accepted) >= PAGES // 5
    assert {part for part, _ in accepted} == {1}


def test_experts_of_the_board_are_responders() -> None:
    answers = [a for page in known("phpbb") for record in page.pages for a in record.answers]
    assert any(answer.responders for answer in answers)
    assert all((answer.author is None) == bool(answer.responders) for answer in answers)


def test_faq_pages_have_as_many_questions_as_such_pages_have() -> None:
    counts = {len(page.pages) for page in known("faq")}
    assert 8 <= min(counts) < 12 < 16 < max(counts) <= 20


@pytest.mark.parametrize("kind", ["discourse", "phpbb"])
def test_threads_grow_and_nothing_else_changes(kind: str) -> None:
    later = KindSite(kind=kind, pages=PAGES, added=0.2)
    before = {page.target: page.pages[0] for page in known(kind)}
    grown = 0
    for page in later.known_pages():
        now, first = page.pages[0], before.pop(page.target, None)
        grown += first is None or len(now.answers) > len(first.answers)
        if first is not None:
            assert now.answers[: len(first.answers)] == first.answers
            assert (now.question, now.asker) == (first.question, first.asker)
    assert before == {}
    assert PAGES // 10 < grown < PAGES // 2


def test_a_session_stands_in_every_link_of_the_board_and_changes_nothing_else() -> None:
    site = KindSite(kind="phpbb", pages=PAGES)
    first, second = (
        body(site, f"/viewtopic.php?t=101&sid={'ab' * 15}{end}") for end in ("01", "02")
    )
    assert first != second
    assert first.replace("ab" * 15 + "01", "ab" * 15 + "02") == second
    links = re.findall(r'href="(\./[^"#]*)', first)
    assert len(links) > 40
    assert all("sid=" in link for link in links if ".php" in link)


def test_the_address_of_a_post_is_that_of_its_page() -> None:
    site = KindSite(kind="phpbb", pages=PAGES)
    posts = re.findall(r'id="p(\d+)"', body(site, "/viewtopic.php?f=2&t=101&start=20"))
    by_post = body(site, f"/viewtopic.php?p={posts[3]}")
    assert re.findall(r'id="p(\d+)"', by_post) == posts
