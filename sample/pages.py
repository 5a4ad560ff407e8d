"""The pages that are not questions: home, topics, lists, experts, articles, oddities."""

from __future__ import annotations

from functools import lru_cache

from . import lists
from .blocks import read
from .charsets import CHARSETS
from .chrome import anchor
from .compose import mixture, title
from .dice import pick, roll
from .layout import plain_page
from .library import Article, Person, Topic, articles, entries, people, topics
from .markup import Hand, escape
from .options import Options
from .plan import page_id
from .truth import facts, question_path

HAND = Hand()
LATEST = 10  # questions on the home page
SHOWN = 20  # answers on an expert's page
SEARCHED = 1500  # pages looked through for an expert's answers
Page = tuple[str, bytes]

NO_LONGER = (
    "<h2>Sorry</h2><p>This question is no longer available.</p>",
    "<p><b>The question that you asked for is no longer available on this site.</b></p>"
    "<p>It may have been replaced by a newer one.</p>",
    "<h1>Question no longer available</h1><p>We remove answers when they are out of date.</p>",
)
FORM = """<h2>Ask an Expert</h2>
<p>Question:</p>
<form action="/cgi-bin/ask" method="post"><textarea name="question" rows="8" cols="50"></textarea>
<p>Answer: we will write to you when it is ready.</p>
<p>E-mail: <input name="email"> <input type="submit" value="Send"></p></form>"""
CRASH = """<h2>Error Occurred While Processing Request</h2>
<p>Element ANSWER is undefined in QUERY. The error occurred on line 112.</p>"""


def home(options: Options) -> Page:
    """The front page: all topics, the latest questions, and some links to stay away from."""
    links = "\n".join(f"<li>{anchor(topic.name, topic.path)}</li>" for topic in topics())
    latest = range(options.total - 1, max(-1, options.total - 1 - LATEST), -1)
    newest = "\n".join(_item(options.seed, number) for number in latest)
    more = [("Advanced search", "/cgi-bin/search?advanced=1"), ("For our staff", "/staff/")]
    if options.traps:
        more.append(("Calendar of events", "/calendar/"))
    rest = "".join(f"<li>{anchor(text, href)}</li>" for text, href in more)
    content = (
        f"<h1>Health answers from three universities</h1>\n<ul>\n{links}\n</ul>\n"
        f"<h2>Latest questions</h2>\n<ul>\n{newest}\n</ul>\n<ul>{rest}</ul>"
    )
    return plain_page(options, "/", "Home", content)


def _item(seed: int, number: int) -> str:
    return f"<li>{anchor(title(seed, number), question_path(page_id(number)))}</li>"


def topic_index(options: Options) -> Page:
    """All health topics."""
    rows = "\n".join(
        f"<li>{anchor(topic.name, topic.path)}: {escape(topic.about)}</li>" for topic in topics()
    )
    return plain_page(
        options, "/healthtopics/", "Health Topics", f"<h1>Health Topics</h1>\n<ul>{rows}</ul>"
    )


def topic_page(options: Options, topic: Topic) -> Page:
    """One health topic."""
    names = ", ".join(
        anchor(person.signature, person.path) if person.path else escape(person.signature)
        for person in topic.people
    )
    content = (
        f"<h1>{escape(topic.name)}</h1>\n<p>{escape(topic.about)}</p>\n<ul>"
        f"<li>{anchor('Read an introduction', topic.path + 'overview.htm')}</li>"
        f"<li>{anchor('See all questions', topic.path + 'questions.htm')}</li></ul>"
        f"<p>Who answers here: {names}</p>"
    )
    return plain_page(options, topic.path, topic.name, content)


def topic_overview(options: Options, topic: Topic) -> Page:
    """An article about a topic. It ends as question pages do, and is none."""
    answers = [entry.answer for entry in entries() if entry.topic == topic]
    body = "".join(HAND.body(read(answer)[:1]) for answer in answers)
    name = f"An introduction to {topic.name}"
    content = f"<h1>{escape(name)}</h1>\n<p>{escape(topic.about)}</p>\n{body}{_goto(topic)}"
    return plain_page(options, topic.path + "overview.htm", name, content)


def _goto(topic: Topic) -> str:
    return (
        "<h3>For more information:</h3>\n"
        f"<p>Go to the {anchor(topic.name, topic.path)} health topic, where you can:</p>\n"
        f"<ul><li>{anchor('See all questions', topic.path + 'questions.htm')}</li></ul>"
    )


def question_list(options: Options, topic: Topic, page: int) -> Page | None:
    """One page of a topic's list of questions, or None if there is no such page."""
    count = lists.list_pages(options, topic)
    if not 1 <= page <= count:
        return None
    found = lists.listed(options, topic, page)
    rows = "\n".join(f"<li>{anchor(text, href)}</li>" for text, href in found)
    path = lists.list_path(topic, page)
    pager = " ".join(
        f"<b>{other}</b>" if other == page else anchor(str(other), lists.list_path(topic, other))
        for other in lists.pager(page, count)
    )
    content = (
        f"<h1>Questions about {escape(topic.name)}</h1>\n<ol>\n{rows}\n</ol>\n"
        f"<p>Page {page} of {count}: {pager}</p>"
    )
    return plain_page(options, path, f"Questions about {topic.name}", content)


def expert_index(options: Options) -> Page:
    """Everybody who answers."""
    rows = "\n".join(
        f"<li>{anchor(each.signature, each.path) if each.path else escape(each.signature)}</li>"
        for each in people()
    )
    return plain_page(options, "/experts/", "Experts", f"<h1>Experts</h1>\n<ul>{rows}</ul>")


def expert_page(options: Options, person: Person) -> Page:
    """One expert, with some of the answers."""
    lines = "<br>".join(
        escape(line) for line in (person.title, person.college, person.institution) if line
    )
    answers = "\n".join(
        _item(options.seed, number) for number in _answers(options.seed, options.pages, person)
    )
    content = (
        f"<h1>{escape(person.signature)}</h1>\n<p>{lines}</p>\n"
        f"<h2>Recent answers</h2>\n<ul>\n{answers}\n</ul>"
    )
    return plain_page(options, str(person.path), person.name, content)


@lru_cache(maxsize=256)
def _answers(seed: int, pages: int, person: Person) -> tuple[int, ...]:
    first = Options(pages=pages, seed=seed)
    found = (
        number
        for number in range(min(SEARCHED, pages))
        if person in mixture(seed, number).entry.topic.people
        and person in facts(first, number).responders
    )
    return tuple(number for number, _ in zip(found, range(SHOWN), strict=False))


def article_page(options: Options, article: Article, path: str = "") -> Page:
    """An article. Those at a question's address, and every other one, end like a question."""
    topic = pick(topics(), options.seed, "article", path or article.path)
    end = _goto(topic) if path or len(article.body) % 2 else ""
    content = f"<h1>{escape(article.title)}</h1>\n{HAND.body(read(article.body))}\n{end}"
    return plain_page(options, path or article.path, article.title, content)


def reference_index(options: Options) -> Page:
    """The list of articles."""
    rows = "".join(f"<li>{anchor(each.title, each.path)}</li>" for each in articles())
    rows += "".join(
        f"<li>{anchor('An introduction to ' + each.name, each.path + 'overview.htm')}</li>"
        for each in topics()
    )
    content = f"<h1>Reference Library</h1>\n<ul>{rows}</ul>"
    return plain_page(options, "/reference/", "Reference Library", content)


def ask_page(options: Options, path: str = "/askanexpert.htm") -> Page:
    """The form, with the words that question pages have."""
    return plain_page(options, path, "Ask an Expert", FORM)


def calendar_page(options: Options, year: int, month: int) -> Page:
    """A month. There is always a next one."""
    path = f"/calendar/{year:04d}-{month:02d}.htm"
    following = (year, month + 1) if month < 12 else (year + 1, 1)
    href = f"/calendar/{following[0]:04d}-{following[1]:02d}.htm"
    days = " ".join(str(day) for day in range(1, 29))
    content = f"<h1>{month}/{year}</h1>\n<p>{days}</p>\n<p>{anchor('Next month', href)}</p>"
    return plain_page(options, path, "Calendar of events", content)


def soft_gone(options: Options, path: str) -> Page:
    """'No longer available', with status 200."""
    charset = pick(CHARSETS, options.seed, "gone charset", path)
    content = NO_LONGER[sum(map(int, filter(str.isdigit, path))) % len(NO_LONGER)]
    return plain_page(options, path, "Question", content, charset=charset)


def crash(options: Options, path: str) -> Page:
    """The site's software failed, and says so with status 200."""
    return plain_page(options, path, "Error", CRASH)


def odd_article(options: Options, path: str) -> Page:
    """An article that stands at a question's address."""
    known = articles()
    return article_page(options, known[roll(options.seed, "odd", path) % len(known)], path)


def refusal(options: Options, status: int, path: str) -> Page:
    """A page that goes with an error status."""
    words = {404: "Page not found", 410: "This page has been removed", 500: "Server error"}
    text = words.get(status, "Error")
    return plain_page(options, f"{status}", text, f"<h1>{text}</h1><p>{escape(path[:200])}</p>")
