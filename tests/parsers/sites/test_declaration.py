"""Declarations: what they say, and how what is wrong in them is named."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from parsers import DeclarationError, canonical_url, declare, is_question_url, read_declaration
from parsers.sites.site import EXPERTS, PUBLIC
from parsers.urls import question_of, question_url, site_for, site_of

FORUM = """
name = "knees"
title = "Knees and elbows"
hosts = ["forum.knees.example", "127.0.0.1:8123"]
start = ["https://forum.knees.example/board/"]
language = "de-AT"
questions = ["/viewtopic.php?t={id:digits}[&start={offset}]", "/t/{slug}.{id:digits}"]
canonical = "/viewtopic.php?t={id}[&start={offset}]"
drop_parameters = ["highlight"]
keep_names = true

[selectors]
title = "h1.topic"

[labels]
question = ["Wie geht es?"]
"""


@pytest.fixture
def declared() -> Iterator[None]:
    """The forum is declared, besides the sites that are built in."""
    declare([read_declaration(FORUM, "knees.toml")])
    yield
    declare([])


def test_what_is_written_counts() -> None:
    site = read_declaration(FORUM, "knees.toml")
    assert (site.name, site.title, site.language) == ("knees", "Knees and elbows", "de-AT")
    assert site.origin == "https://forum.knees.example"
    assert site.selectors == {"title": "h1.topic"}
    assert site.labels == {"question": ("Wie geht es?",)}
    assert site.keep_names
    assert "highlight" in site.drop_parameters
    assert "phpsessid" in site.drop_parameters


def test_what_is_not_written_has_a_default() -> None:
    text = 'name = "a"\nhosts = ["a.example"]\nquestions = ["/{id}"]\n'
    site = read_declaration(text, "a.toml")
    assert site.origin == "https://a.example"
    assert site.start == ("https://a.example/",)
    assert (site.answers, site.keep_names, site.reader) == (PUBLIC, False, "")


def test_all_that_is_wrong_is_named_with_its_line() -> None:
    text = (
        'name = "Knees & elbows"\n'
        'hosts = ["https://knees.example/"]\n'
        'question = ["/t/{id}"]\n'
        'answers = "doctors"\n'
        'canonical = "t/{id}"\n'
        "[selectors]\n"
        'titel = "h1"\n'
    )
    with pytest.raises(DeclarationError) as error:
        read_declaration(text, "sites/knees.toml")
    message = str(error.value)
    assert "sites/knees.toml, line 1: name must be small letters" in message
    assert "sites/knees.toml, line 2: hosts must be hosts alone" in message
    assert "sites/knees.toml, line 3: question is unknown; did you mean 'questions'?" in message
    assert "line 4: answers must be one of 'experts', 'public', not 'doctors'" in message
    assert "line 5: canonical 't/{id}' must begin with a slash" in message
    assert "line 7: selectors.titel is unknown; did you mean 'title'?" in message
    assert "questions is missing" in message


def test_no_toml_is_one_error() -> None:
    with pytest.raises(DeclarationError, match=r"bad\.toml: is no valid TOML") as error:
        read_declaration("name = \n", "bad.toml")
    assert len(error.value.problems) == 1


MINIMUM = 'name = "a"\nhosts = ["a.example"]\nquestions = ["/{id}"]\n'


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            '[labels]\nmore = ["see"]\nskip = ["*/login*"]\n',
            "line 6: labels.skip is a key of the site itself; move it above the first [table]",
        ),
        ('[selectors]\npots = ".p"\n', "line 5: selectors.pots is unknown; did you mean 'post'?"),
        ('[labels]\nquestoin = ["q"]\n', "line 5: labels.questoin is unknown; did you mean 'qu"),
        ('[labels]\nanswer = "our reply"\n', "line 5: labels.answer must be a list of texts"),
        ("[selectors]\npost = 7\ntext = 8\n", "line 6: selectors.text must be text in quotes"),
        ('labels = ["a"]\n', "line 4: labels must be a table; write [labels] on a line of its own"),
        ('canonical = "/*/{id}"\n', "line 4: canonical '/*/{id}': * is for follow and skip"),
        (
            'start = ["https://a.example/", "https://b.example/x"]\n',
            "line 4: start has 'https://b.example/x', whose host is none of hosts; correct it, or "
            'add "b.example" to hosts',
        ),
        (
            'origin = "https://b.example"\n',
            "line 4: origin has 'https://b.example', whose host is none of hosts",
        ),
    ],
)
def test_a_slip_is_named_with_its_line_and_what_to_write(more: str, message: str) -> None:
    with pytest.raises(DeclarationError) as error:
        read_declaration(MINIMUM + more, "a.toml")
    assert message in str(error.value)


def test_an_asterisk_is_no_part_of_a_question_address() -> None:
    text = MINIMUM.replace("/{id}", "/*/{id}")
    with pytest.raises(DeclarationError, match=r"\* is for follow and skip; write \{slug\}"):
        read_declaration(text, "a.toml")


def test_a_usual_port_is_no_part_of_a_host() -> None:
    hosts = '["a.example:443", "B.example.", "c.example:8080"]'
    site = read_declaration(MINIMUM.replace('["a.example"]', hosts), "a.toml")
    assert site.hosts == ("a.example", "b.example", "c.example:8080")


@pytest.mark.parametrize(
    "more",
    [
        'start = ["http://www.a.example:80/x", "https://a.example/"]\n',
        'start = ["http://a.example:8080/"]\n',  # a copy that is served there
        'loopback = true\nstart = ["http://127.0.0.1:8000/"]\n',
    ],
)
def test_a_start_that_is_of_the_site(more: str) -> None:
    assert read_declaration(MINIMUM + more, "a.toml").start


@pytest.mark.usefixtures("declared")
def test_pages_of_a_declared_site_have_one_address_each() -> None:
    thread = "https://forum.knees.example/viewtopic.php?t=44"
    assert canonical_url("http://www.forum.knees.example/t/my-knee.44?utm_source=x") == thread
    assert canonical_url("http://forum.knees.example/viewtopic.php?sid=1&t=44&f=2") == thread
    assert canonical_url("http://127.0.0.1:8123/viewtopic.php?t=44&start=0") == thread
    assert canonical_url(thread + "&start=30#p12") == thread + "&start=30"
    other = "https://forum.knees.example/viewforum.php?f=2"
    session = "&sid=0123456789abcdef0123456789abcdef&highlight=knee"
    assert canonical_url("http://forum.knees.example/viewforum.php?f=2" + session) == other
    assert canonical_url("http://forum.knees.example/viewforum.php;jsessionid=0A?f=2") == other


@pytest.mark.usefixtures("declared")
def test_questions_of_a_declared_site() -> None:
    url = "https://forum.knees.example/viewtopic.php?t=44&start=30"
    question = question_of(url)
    assert question is not None
    assert (question.source_id, question.part) == ("44", 30)
    assert site_of(url) == "knees"
    assert question_url("knees", "44") == "https://forum.knees.example/viewtopic.php?t=44"
    assert not is_question_url("https://forum.knees.example/viewforum.php?f=2")


@pytest.mark.usefixtures("declared")
def test_other_hosts_of_loopback_stay_with_the_site_that_says_so() -> None:
    assert site_of("http://127.0.0.1:9999/question.cfm/1.htm") == "netwellness"
    assert site_of("http://127.0.0.1:8123/question.cfm/1.htm") == "knees"


def test_netwellness_is_a_declaration_like_others() -> None:
    site = site_for("http://netwellness.org/")
    assert site is not None
    assert (site.name, site.answers, site.reader) == ("netwellness", EXPERTS, "labelled")
    copy = site_for("http://mirror.example/question.cfm/12.htm")
    assert copy is not None
    assert copy.name == "mirror.example"
    assert site_for("http://mirror.example/other.htm") is None


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("questions = []", "must have one pattern at least"),
        ('questions = ["/t/{slug}"]', "has no {id}"),
        ('questions = ["/t/{id}"]\ncanonical = "/t"', "canonical has no {id}"),
        ('questions = ["/t/{id}"]\ncanonical = "/z/{id}"', "canonical is none of questions"),
        ('questions = ["/t/{id}"]\ncanonical = "/t/{id}/{slug}"', "no pattern of questions has"),
        ('questions = ["/t/{id}[/{page}]"]\ncanonical = "/t/{id}"', "canonical has no {page}"),
    ],
)
def test_patterns_that_cannot_work_are_errors(lines: str, why: str) -> None:
    with pytest.raises(DeclarationError, match=re.escape(why)):
        read_declaration(f'name = "a"\nhosts = ["a.example"]\n{lines}\n', "a.toml")


@pytest.mark.parametrize("host", ["*.a.example", "a.example/b", "a b.example", ""])
def test_hosts_that_are_none_are_errors(host: str) -> None:
    with pytest.raises(DeclarationError, match="hosts must be"):
        read_declaration(f'name = "a"\nhosts = ["{host}"]\nquestions = ["/{{id}}"]\n', "a.toml")


def test_a_host_in_other_letters_is_known_as_browsers_send_it() -> None:
    text = 'name = "buch"\nhosts = ["bücher.example"]\nquestions = ["/{id}"]\n'
    declare([read_declaration(text, "buch.toml")])
    assert site_of("https://xn--bcher-kva.example/7") == "buch"
    assert canonical_url("https://www.xn--bcher-kva.example/7/") == (
        "https://xn--bcher-kva.example/7"
    )
    declare([])
