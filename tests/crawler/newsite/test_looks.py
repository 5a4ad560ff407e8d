"""What the pages of a site that nobody has declared yet show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from crawler.newsite.exploring import explore, navigation, patterns_of, questions_of
from crawler.newsite.looks import Look, common_title, look_at
from crawler.newsite.writing import declaration_text, draft_of
from parsers import read_declaration
from parsers.records import Capture

HOST = "http://garden.example"
_FOOT = "<p><a href='/lost/'>Lost your key?</a> <a href='/rules/'>Rules</a></p>"
_POST = (
    "<div class='post' id='p{0}'><a href='/member/{1}'>{1}</a> <time datetime='2020-05-0{2}'>"
    "May {2}, 2020</time><div class='body'><p>{3}</p></div></div>"
)
_WORDS = (
    "Since spring my hands itch whenever I weed the beds.",
    "Gloves of cotton under those of rubber helped me a lot.",
    "Wash them with cold water and ask your doctor if it stays.",
)


def look(path: str, body: str, title: str = "") -> Look:
    page = f"<html><head><title>{title}</title></head><body>{body}{_FOOT}</body></html>"
    now = datetime(2024, 1, 2, tzinfo=UTC)
    return look_at(Capture(HOST + path, now, page.encode(), "text/html", 200, "test", "urn:x"))


def thread(number: int, path: str = "") -> Look:
    posts = "".join(
        _POST.format(10 * number + n, ("ivy", "moss", "fern")[n], n + 1, text)
        for n, text in enumerate(_WORDS)
    )
    title = f"Itching hands, case {number}"
    return look(path or f"/talk/{number}/", f"<h1>{title}</h1>{posts}", title)


def index(title: str = "The garden talk") -> Look:
    links = "".join(
        f"<li><a href='/talk/{n}/'>Itching hands, case {n}</a></li>" for n in range(71, 75)
    )
    return look("/", f"<h1>Talk</h1><ul>{links}</ul>", title)


def with_links(page: Look, *paths: str) -> Look:
    """A page with further links."""
    links = "".join(f"<p><a href='{path}'>Itching and more</a></p>" for path in paths)
    body = page.capture.body.decode().replace("<p><a href='/lost/'", links + "<p><a '")
    return look(page.url.removeprefix(HOST), body)


def as_thread(path: str) -> Look:
    """A page that every other leads to, and that looks like a thread."""
    return thread(7, path)


def test_pages_to_which_all_lead_are_no_questions_and_make_no_lists_of_threads() -> None:
    threads = [thread(number) for number in (71, 72, 73)]
    looks = [index(), look("/about", "<p>About us</p>"), *threads]
    looks += [as_thread("/lost/"), as_thread("/rules/")]
    assert navigation(looks) == {f"{HOST}/lost/", f"{HOST}/rules/"}
    assert questions_of(looks) == threads
    assert patterns_of(looks) == ("/talk/{id:digits}/",)


def test_lists_by_tag_that_look_like_threads_are_none() -> None:
    entries = [f"/talk/{n}/" for n in range(71, 80)]
    tag = with_links(thread(1, "/tag/t1-x/"), entries[0], *entries[2:])
    threads = [with_links(thread(n), "/tag/t1-x/", "/tag/t2-x/") for n in (71, 72)]
    assert questions_of([tag, *threads]) == threads
    assert questions_of(threads) == threads


def test_few_pages_show_no_navigation() -> None:
    assert navigation([index(), thread(71)]) == frozenset()


def test_a_site_is_called_by_what_titles_end_with_or_by_its_index() -> None:
    ends = [look(f"/{n}", "", f"Page {n} | Garden") for n in range(3)]
    assert common_title(ends, "host") == "Garden"
    looks = [index(), thread(71), thread(71, "/talk/71/?from=5"), thread(72)]
    assert draft_of("garden", looks, {f"{HOST}/"}).title == "The garden talk"
    assert draft_of("garden", looks[1:], {looks[1].url}).title == "garden.example"


def test_an_address_without_its_slug_is_looked_at() -> None:
    looks = [with_links(index(), "/talk/75"), thread(71, "/talk/71-itch"), thread(72, "/talk/72-i")]
    asked: list[str] = []

    def fetch(urls: Sequence[str]) -> list[Look]:
        asked.extend(urls)
        numbers = [int(url.rpartition("/")[2]) for url in urls if url.endswith("75")]
        return [thread(number, f"/talk/{number}") for number in numbers]

    looks = explore(looks, fetch)
    assert f"{HOST}/talk/75" in asked
    assert draft_of("garden", looks, ()).canonical == "/talk/{id:digits}[?page={page}]"


def test_threads_may_have_further_pages_though_none_was_seen() -> None:
    assert draft_of("garden", [index(), thread(71), thread(72)], ()).questions == (
        "/talk/{id:digits}/[?page={page}]",
    )
    asked = [thread(1, f"/talk.php?id={n}") for n in (71, 72)]
    assert draft_of("garden", asked, ()).questions == ("/talk.php?id={id:digits}",)


def test_a_slug_that_may_be_absent_is_left_out() -> None:
    looks = [thread(71, "/talk/71-itch"), thread(72, "/talk/72"), thread(73, "/talk/73-hands")]
    draft = draft_of("garden", looks, ())
    assert draft.questions == ("/talk/{id:digits}[-{slug}][?page={page}]",)
    assert draft.canonical == "/talk/{id:digits}[?page={page}]"
    site = read_declaration(declaration_text(draft), "garden.toml")
    assert site.question("/talk/71-itch", "") == site.question("/talk/71", "")
    assert draft_of("garden", looks[::2], ()).canonical == ""
