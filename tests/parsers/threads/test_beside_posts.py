"""What stands beside posts and looks like theirs: the day a member joined, the site's name."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from parsers import declare, read, read_declaration
from parsers.records import Capture, QAPage

_POST = """<div class="row"><div class="author"><a href="/user/{name}">{name}</a>
<div class="since">Joined: <time datetime="2023-01-0{n}T10:00:00+00:00">Jan {n}, 2023</time></div>
</div><div class="meta"><a href="/post/{n}"><time datetime="2018-03-1{n}T02:49:00+00:00">Mar 1{n},
2018</time></a></div><div class="content"><p>What {name} has to say of the wrist, in some more words
than one would need for it.</p></div></div>"""


@pytest.fixture
def page() -> QAPage:
    posts = "".join(_POST.format(name=name, n=n) for n, name in enumerate(("jo", "kim", "lee"), 1))
    html = (
        "<!doctype html><html><head><title>My wrist clicks - Topic - Wristboard</title></head>"
        '<body><div class="page-title">Wristboard</div><div class="topic">My wrist clicks</div>'
        f"{posts}</body></html>"
    )
    capture = Capture(
        "https://wrists.example/topic/7", datetime(2024, 5, 1, tzinfo=UTC), html.encode(),
        "text/html", 200, "live", "urn:uuid:1",
    )  # fmt: skip
    (record,) = read(capture, anywhere=True).pages
    return record


def test_the_day_of_a_post_is_not_the_day_on_which_its_author_joined(page: QAPage) -> None:
    days = [page.asked_on, *(answer.answered_on for answer in page.answers)]
    assert days == [date(2018, 3, 11), date(2018, 3, 12), date(2018, 3, 13)]


def test_the_title_is_not_the_name_of_the_site(page: QAPage) -> None:
    assert page.title == "My wrist clicks"


def test_what_stands_below_the_only_post_is_no_answer() -> None:
    declaration = 'name = "wrists"\nhosts = ["wrists.example"]\nquestions = ["/topic/{id}"]\n'
    declare([read_declaration(declaration, "wrists.toml")])
    footer = (
        '<div class="about"><span class="author">Wristboard</span>'
        "<p>All that is said here is the opinion of who says it, and none of the board's.</p></div>"
    )
    html = (
        "<!doctype html><html><head><title>My wrist clicks - Wristboard</title></head><body>"
        f"<h1>My wrist clicks</h1>{_POST.format(name='jo', n=1)}{footer}</body></html>"
    )
    capture = Capture(
        "https://wrists.example/topic/7", datetime(2024, 5, 1, tzinfo=UTC), html.encode(),
        "text/html", 200, "live", "urn:uuid:1",
    )  # fmt: skip
    (record,) = read(capture).pages
    declare([])
    assert record.question.startswith("What jo has to say")
    assert (record.asker, record.answers, record.status) == ("jo", (), "unanswered")
