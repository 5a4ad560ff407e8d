"""Which questions stand on which page of a topic's list."""

from __future__ import annotations

from functools import lru_cache

from .compose import entry_order, title
from .dice import pick, roll, share
from .library import Topic, entries, topics
from .options import Options
from .plan import odd_count, odd_id, page_id
from .truth import question_path

PER_PAGE = 50
NEAR = 4  # pages to either side that a pager names
STEP = 10  # and every tenth


def list_path(topic: Topic, page: int) -> str:
    """The address of one page of a topic's list."""
    return f"{topic.path}questions.htm" + (f"?page={page}" if page > 1 else "")


def list_pages(options: Options, topic: Topic) -> int:
    """How many pages a topic's list has."""
    return max(1, -(-topic_count(options, topic) // PER_PAGE))


@lru_cache(maxsize=256)
def _places(seed: int, topic: Topic) -> tuple[int, ...]:
    """Where in each round through the entries those of a topic stand."""
    return tuple(
        place for place, entry in enumerate(entry_order(seed)) if entries()[entry].topic == topic
    )


def topic_count(options: Options, topic: Topic) -> int:
    """How many genuine questions a topic has."""
    places = _places(options.seed, topic)
    rounds, rest = divmod(options.total, len(entries()))
    return rounds * len(places) + sum(place < rest for place in places)


def topic_number(options: Options, topic: Topic, index: int) -> int:
    """The genuine page that is the ``index``-th of a topic."""
    places = _places(options.seed, topic)
    turn, place = divmod(index, len(places))
    return turn * len(entries()) + places[place]


def listed(options: Options, topic: Topic, page: int) -> list[tuple[str, str]]:
    """Text and address of each link on a page of a topic's list, in order."""
    first = (page - 1) * PER_PAGE
    last = min(first + PER_PAGE, topic_count(options, topic))
    numbers = [topic_number(options, topic, index) for index in range(first, last)]
    found = [(title(options.seed, number), _address(options, number)) for number in numbers]
    for index in _odd(options, topic, page):
        text = pick(entries(), options.seed, "odd title", index).titles[0]
        place = roll(options.seed, "odd place", index) % (len(found) + 1)
        found.insert(place, (text, question_path(odd_id(index))))
    return found


def _odd(options: Options, topic: Topic, page: int) -> list[int]:
    """The odd pages that a list page links to, spread evenly. They are counted by the first
    state, so that they stay where they are when questions are added."""
    first = list_pages(Options(pages=options.pages, seed=options.seed), topic)
    every = range(topic.number, odd_count(options), len(topics()))
    return [index for place, index in enumerate(every) if place % first == page - 1]


def _address(options: Options, number: int) -> str:
    """How a list links to a page: now and then by an old address, or with a session."""
    identifier = page_id(number)
    chance = share(options.seed, "address", number)
    if chance < 0.01:
        return f"/ask/question.asp?id={identifier}"
    if chance < 0.02:
        return f"{question_path(identifier)}?CFID={roll(options.seed, 'session', number) % 99999}"
    if chance < 0.025:
        return f"/Question.cfm/{identifier}.htm"
    if chance < 0.03:
        return f"/.{question_path(identifier)}"
    return question_path(identifier)


def pager(page: int, count: int) -> list[int]:
    """The pages that a pager names: the near ones, every tenth, the first and the last."""
    near = range(max(1, page - NEAR), min(count, page + NEAR) + 1)
    return sorted({1, count, *near, *range(STEP, count + 1, STEP)})
