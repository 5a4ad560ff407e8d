"""What differs between two archives, for a person (100 columns) and for a program. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile
from textwrap import wrap
from typing import Any

from crawler.text_format import table
from pipelines.reports.field_diff import FIELDS
from pipelines.reports.parser_diff import BY_YEAR, Compared, OnlyInOne
from pipelines.reports.parser_diff_counts import BANDS, SPLITS, ChangeKey, Example, Tally

WIDTH = 100
#: Of the values that a change is split by, how many are shown; --json has all.
MOST_VALUES = 8
#: The parts of people, topics and links, in the order in which they are read.
_PARTS = ("text", "name", "credentials", "title", "college", "institution", "url")
_KINDS = ("gained", "lost", "changed")
_BEFORE = 24  # characters of a text that are shown before the first difference
_SPLIT = 12  # columns; the names of what changes are split by


def lines(old: str, new: str, found: Compared, examples: int) -> Iterator[str]:
    """For a terminal; one line where nothing differs and all was compared."""
    if not found.differs:
        yield from _wrapped(
            f"no difference: the {_many(found.pages, 'page')} that both archives hold are read "
            "the same",
            "",
        )
        yield from _not_compared(found)
        return
    yield from (f"- {old}", f"+ {new}")
    tally = found.tally
    read = f"{_many(tally.captures, 'page')} of {_number(found.pages)} read otherwise"
    yield from _wrapped(f"{read}; {_parsers(found)}", "")
    yield from _not_compared(found)
    yield from _questions(found)
    yield ""
    yield from _fields(tally)
    for what in tally.whats():
        yield ""
        yield from _what(what, found, examples)
    if any(era.startswith(BY_YEAR) for one in tally.splits.values() for era in one["era"]):
        said = "The bytes of some pages are not in WARC_DIR: the year of capture is their era."
        yield from ("", *_wrapped(said, ""))


def _parsers(found: Compared) -> str:
    before, after = (", ".join(names) or "no parser" for names in found.parsers)
    return f"by {before} before and now" if before == after else f"{before} before, {after} now"


def _not_compared(found: Compared) -> Iterator[str]:
    for name, lone in zip(("OLD", "NEW"), found.lone, strict=True):
        if lone.captures:
            read = f"{_number(lone.read)} of them with a record"
            said = f"not compared: {_many(lone.captures, 'capture')} that only {name} has, {read}"
            yield from _wrapped(said, "")
    if found.withheld:
        said = f"not compared: {_many(found.withheld, 'capture')} of questions that are withheld"
        yield from _wrapped(said, "")


def _questions(found: Compared) -> Iterator[str]:
    yield (
        f"questions: {_number(found.appeared.by_parser)} appeared, "
        f"{_number(found.disappeared.by_parser)} disappeared, "
        f"{_number(found.changed)} show another record"
    )
    for word, came in (("appeared", found.appeared), ("disappeared", found.disappeared)):
        for url in came.urls:
            yield f"  {word}: {_clean(url, WIDTH - len(word) - 4)}"


def _fields(tally: Tally) -> Iterator[str]:
    rows = [["field", *_KINDS]]
    fields = {what.field for what in tally.whats() if what.group == "field"}
    for name in (name for name in FIELDS if name in fields):
        counts = (tally.counts[ChangeKey("field", name, kind)] for kind in _KINDS)  # type: ignore[arg-type]
        rows.append([name, *(_number(count) if count else "." for count in counts)])
    if len(rows) > 1:
        yield from table(rows, frozenset((1, 2, 3)))
    if tally.rose or tally.fell:
        yield f"confidence rose in {_number(tally.rose)}, fell in {_number(tally.fell)}"


def title(what: ChangeKey) -> str:
    """A change in a few words: "responders lost"."""
    if what.group == "reading":
        return "read now, and not before" if what.kind == "gained" else "read before, and not now"
    if what.group == "failure":
        ends = {"gained": "fails now", "lost": "fails no longer", "changed": "fails otherwise"}
        return f"{what.field}: parsing {ends[what.kind]}"
    return f"{what.field} {what.kind}"


def _what(what: ChangeKey, found: Compared, examples: int) -> Iterator[str]:
    tally = found.tally
    yield f"{title(what)}: {_number(tally.counts[what])}"
    for name in SPLITS:
        yield from _split(name, tally.splits[what][name], found.totals.get(name, {}))
    for example, _ in zip(tally.examples(what), range(examples), strict=False):
        yield from _example(example)


def _split(name: str, counts: Mapping[str, int], totals: Mapping[str, int]) -> Iterator[str]:
    """How many of which, and of how many; the order of bands and years is their own."""
    order = {value: at for at, value in enumerate(BANDS)} if name == "confidence" else {}
    shown = sorted(counts, key=lambda value: (order.get(value, 0), -counts[value], value))
    said = [_share(value, counts[value], totals.get(value)) for value in shown[:MOST_VALUES]]
    if len(shown) > MOST_VALUES:
        rest = sum(counts[value] for value in shown[MOST_VALUES:])
        said.append(f"{len(shown) - MOST_VALUES} others: {_number(rest)}")
    first, rest_of = f"  {name:<{_SPLIT}}", " " * (_SPLIT + 2)
    yield from wrap(
        "; ".join(said), WIDTH, initial_indent=first, subsequent_indent=rest_of,
        break_on_hyphens=False,
    )  # fmt: skip


def _share(value: str, count: int, total: int | None) -> str:
    of = f" of {_number(total)}" if total else ""
    return f"{_clean(value, 60)}: {_number(count)}{of}"


def _example(example: Example) -> Iterator[str]:
    place, change = example
    yield f"  {_clean(place.url, WIDTH - 14)}  {place.captured_at[:10]}"
    old, new = around(plain(change.old), plain(change.new), WIDTH - 6)
    yield f"    - {old}"
    yield f"    + {new}"


def plain(value: Any) -> str:
    """A value as text: people and links with their parts, lists with semicolons."""
    if value is None or value == [] or value == "":
        return ""
    if isinstance(value, Mapping):
        return ", ".join(plain(value[part]) for part in _PARTS if value.get(part))
    if isinstance(value, list):
        return "; ".join(plain(one) for one in value)
    return str(value)


def around(old: str, new: str, width: int) -> tuple[str, str]:
    """Two texts, each in one line of at most ``width``, from a little before they part.

    White space and whatever does not print is written as an escape, as it may be what differs.
    """
    pairs = zip(old, new, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    start = same - _BEFORE if same > _BEFORE else 0
    head = "..." if start else ""
    return tuple(  # type: ignore[return-value]
        _clean(head + text[start : start + width + 1], width) if text else "(none)"
        for text in (old, new)
    )


def _clean(text: str, width: int) -> str:
    """A text without control characters, cut to a width."""
    shown = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode()
        for sign in text[: width + 1]
    )
    return shown if len(shown) <= width else shown[: width - 3] + "..."


def as_json(old: str, new: str, found: Compared, examples: int) -> dict[str, Any]:
    """For ``--json``: all counts, and the examples with their whole values."""
    tally = found.tally
    return {
        "old": old,
        "new": new,
        "differs": found.differs,
        "parsers": {"old": list(found.parsers[0]), "new": list(found.parsers[1])},
        "captures": {
            "in_both": found.common,
            "compared": found.pages,
            "differ": tally.captures,
            "withheld": found.withheld,
            "only_old": found.lone[0]._asdict(),
            "only_new": found.lone[1]._asdict(),
            **{f"by_{name}": dict(sorted(some.items())) for name, some in found.totals.items()},
        },
        "questions": {
            "appeared": _came_json(found.appeared),
            "disappeared": _came_json(found.disappeared),
            "changed": found.changed,
        },
        "confidence": {"rose": tally.rose, "fell": tally.fell},
        "changes": [_what_json(what, tally, examples) for what in tally.whats()],
    }


def _came_json(came: OnlyInOne) -> dict[str, Any]:
    return {
        "by_parser": came.by_parser,
        "by_captures_of_one": came.by_captures,
        "examples": list(came.urls),
    }


def _what_json(what: ChangeKey, tally: Tally, examples: int) -> dict[str, Any]:
    some = zip(tally.examples(what), range(examples), strict=False)
    return {
        "of": what.group,
        "field": what.field,
        "kind": what.kind,
        "count": tally.counts[what],
        **{f"by_{name}": dict(tally.splits[what][name].most_common()) for name in SPLITS},
        "examples": [
            {
                "url": place.url,
                "record_id": place.record_id,
                "captured_at": place.captured_at,
                "era": place.era,
                "old": change.old,
                "new": change.new,
            }
            for (place, change), _ in some
        ],
    }


def _number(value: int) -> str:
    return f"{value:,}"


def _many(count: int, one: str) -> str:
    return f"{_number(count)} {one if count == 1 else one + 's'}"


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    return wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
