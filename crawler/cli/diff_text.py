"""What differs between two archives, for a person (100 columns) and for a program. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Any

from crawler.text_format import WIDTH, counted, number, table, wrapped
from pipelines.reports.field_diff import BANDS, FIELDS, SPLITS, ChangeKey, Example, Tally
from pipelines.reports.parser_diff import BY_YEAR, Compared, OnlyInOne

#: Of the values that a change is split by, how many are shown; --json has all.
MOST_VALUES = 8
#: The parts of people, topics and links, in the order in which they are read.
_PARTS = ("text", "name", "credentials", "title", "college", "institution", "url")
_KINDS = ("gained", "lost", "changed")
_BEFORE = 24  # characters of a text that are shown before the first difference
_SPLIT = 12  # columns; the names of what changes are split by


def lines(old: str, new: str, compared: Compared, examples: int) -> Iterator[str]:
    """Yield lines for a terminal; one line where nothing differs and all was compared."""
    if not compared.differs:
        pages = counted(compared.pages, "page")
        yield from wrapped(
            f"no difference: the {pages} that both archives hold are read the same", ""
        )
        yield from _not_compared(compared)
        return
    yield from (f"- {old}", f"+ {new}")
    tally = compared.tally
    read = f"{counted(tally.captures, 'page')} of {number(compared.pages)} read otherwise"
    yield from wrapped(f"{read}; {_parsers(compared)}", "")
    yield from _not_compared(compared)
    yield from _questions(compared)
    yield ""
    yield from _fields(tally)
    for key in tally.change_keys():
        yield ""
        yield from _change(key, compared, examples)
    if any(era.startswith(BY_YEAR) for split in tally.splits.values() for era in split["era"]):
        note = "The bytes of some pages are not in WARC_DIR: the year of capture is their era."
        yield from ("", *wrapped(note, ""))


def _parsers(compared: Compared) -> str:
    before, after = (", ".join(names) or "no parser" for names in compared.parsers)
    return f"by {before} before and now" if before == after else f"{before} before, {after} now"


def _not_compared(compared: Compared) -> Iterator[str]:
    for name, lone in zip(("OLD", "NEW"), compared.lone, strict=True):
        if lone.captures:
            read = f"{number(lone.read)} of them with a record"
            line = f"not compared: {counted(lone.captures, 'capture')} that only {name} has, {read}"
            yield from wrapped(line, "")
    if compared.withheld:
        line = (
            f"not compared: {counted(compared.withheld, 'capture')} of questions that are withheld"
        )
        yield from wrapped(line, "")


def _questions(compared: Compared) -> Iterator[str]:
    yield (
        f"questions: {number(compared.appeared.by_parser)} appeared, "
        f"{number(compared.disappeared.by_parser)} disappeared, "
        f"{number(compared.changed)} show another record"
    )
    for word, only in (("appeared", compared.appeared), ("disappeared", compared.disappeared)):
        for url in only.urls:
            yield f"  {word}: {_clean(url, WIDTH - len(word) - 4)}"


def _fields(tally: Tally) -> Iterator[str]:
    rows = [["field", *_KINDS]]
    fields = {key.field for key in tally.change_keys() if key.group == "field"}
    for name in (name for name in FIELDS if name in fields):
        counts = (tally.counts[ChangeKey("field", name, kind)] for kind in _KINDS)  # type: ignore[arg-type]
        rows.append([name, *(number(count) if count else "." for count in counts)])
    if len(rows) > 1:
        yield from table(rows, frozenset((1, 2, 3)))
    if tally.rose or tally.fell:
        yield f"confidence rose in {number(tally.rose)}, fell in {number(tally.fell)}"


def title(key: ChangeKey) -> str:
    """Return a change in a few words: "responders lost"."""
    if key.group == "reading":
        return "read now, and not before" if key.kind == "gained" else "read before, and not now"
    if key.group == "failure":
        ends = {"gained": "fails now", "lost": "fails no longer", "changed": "fails otherwise"}
        return f"{key.field}: parsing {ends[key.kind]}"
    return f"{key.field} {key.kind}"


def _change(key: ChangeKey, compared: Compared, examples: int) -> Iterator[str]:
    tally = compared.tally
    yield f"{title(key)}: {number(tally.counts[key])}"
    for name in SPLITS:
        yield from _split(name, tally.splits[key][name], compared.totals.get(name, {}))
    for example, _ in zip(tally.examples(key), range(examples), strict=False):
        yield from _example(example)


def _split(name: str, counts: Mapping[str, int], totals: Mapping[str, int]) -> Iterator[str]:
    """Yield the counts by one split, with totals; bands and years keep their own order."""
    order = {value: at for at, value in enumerate(BANDS)} if name == "confidence" else {}
    shown = sorted(counts, key=lambda value: (order.get(value, 0), -counts[value], value))
    shares = [_share(value, counts[value], totals.get(value)) for value in shown[:MOST_VALUES]]
    if len(shown) > MOST_VALUES:
        rest = sum(counts[value] for value in shown[MOST_VALUES:])
        shares.append(f"{len(shown) - MOST_VALUES} others: {number(rest)}")
    yield from wrapped("; ".join(shares), f"  {name:<{_SPLIT}}", " " * (_SPLIT + 2))


def _share(value: str, count: int, total: int | None) -> str:
    share = f" of {number(total)}" if total else ""
    return f"{_clean(value, 60)}: {number(count)}{share}"


def _example(example: Example) -> Iterator[str]:
    place, change = example
    yield f"  {_clean(place.url, WIDTH - 14)}  {place.captured_at[:10]}"
    old, new = around(plain(change.old), plain(change.new), WIDTH - 6)
    yield f"    - {old}"
    yield f"    + {new}"


def plain(value: Any) -> str:
    """Return a value as text: people and links with their parts, lists with semicolons."""
    if value is None or value == [] or value == "":
        return ""
    if isinstance(value, Mapping):
        return ", ".join(plain(value[part]) for part in _PARTS if value.get(part))
    if isinstance(value, list):
        return "; ".join(plain(part) for part in value)
    return str(value)


def around(old: str, new: str, width: int) -> tuple[str, str]:
    """Return two texts, each in a line of at most ``width``, from just before they differ.

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
    """Return a text without control characters, cut to a width."""
    shown = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode()
        for sign in text[: width + 1]
    )
    return shown if len(shown) <= width else shown[: width - 3] + "..."


def as_json(old: str, new: str, compared: Compared, examples: int) -> dict[str, Any]:
    """Return the document of ``--json``: all counts, and the examples with their whole values."""
    tally = compared.tally
    return {
        "old": old,
        "new": new,
        "differs": compared.differs,
        "parsers": {"old": list(compared.parsers[0]), "new": list(compared.parsers[1])},
        "captures": {
            "in_both": compared.common,
            "compared": compared.pages,
            "differ": tally.captures,
            "withheld": compared.withheld,
            "only_old": compared.lone[0]._asdict(),
            "only_new": compared.lone[1]._asdict(),
            **{
                f"by_{name}": dict(sorted(counts.items()))
                for name, counts in compared.totals.items()
            },
        },
        "questions": {
            "appeared": _only_json(compared.appeared),
            "disappeared": _only_json(compared.disappeared),
            "changed": compared.changed,
        },
        "confidence": {"rose": tally.rose, "fell": tally.fell},
        "changes": [_change_json(key, tally, examples) for key in tally.change_keys()],
    }


def _only_json(only: OnlyInOne) -> dict[str, Any]:
    return {
        "by_parser": only.by_parser,
        "by_captures_of_one": only.by_captures,
        "examples": list(only.urls),
    }


def _change_json(key: ChangeKey, tally: Tally, examples: int) -> dict[str, Any]:
    shown = zip(tally.examples(key), range(examples), strict=False)
    return {
        "of": key.group,
        "field": key.field,
        "kind": key.kind,
        "count": tally.counts[key],
        **{f"by_{name}": dict(tally.splits[key][name].most_common()) for name in SPLITS},
        "examples": [
            {
                "url": place.url,
                "record_id": place.record_id,
                "captured_at": place.captured_at,
                "era": place.era,
                "old": change.old,
                "new": change.new,
            }
            for (place, change), _ in shown
        ],
    }
