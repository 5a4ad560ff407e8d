"""Declarations of sites: TOML in, a :class:`Site` out, or all that is wrong, each with its line.

The built-in ones are the ``.toml`` files of this folder.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib.resources import files
from typing import Any, TypeVar
from urllib.parse import urlsplit

from parsers.css import compiled
from parsers.sites.address import AddressPattern
from parsers.sites.site import EXPERTS, PUBLIC, SESSION_PARAMETERS, Site
from parsers.strict_toml import (
    TomlError,
    TomlProblem,
    TomlTable,
    flag,
    line_of_text,
    read_table,
    unknown_key,
)
from parsers.words.phrases import check_phrase
from parsers.words.vocabulary import KINDS

T = TypeVar("T")

READERS = ("structured", "labelled", "thread", "selectors")
SELECTOR_FIELDS = (
    "title", "question", "asker", "asked_on", "post", "text", "author", "answered_on",
    "accepted", "score", "responders", "topics", "url",
)  # fmt: skip
KEYS = (
    "name", "title", "hosts", "origin", "start", "sitemaps", "feeds", "language", "questions",
    "canonical", "drop_parameters", "follow", "skip", "allow", "answers", "keep_names",
    "reader", "loopback", "anywhere", "selectors", "labels",
)  # fmt: skip
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_HOST = re.compile(r"(?:[^\s/*:@\[\]]+|\[[0-9a-f:.]+\])(?::[0-9]+)?")
_USUAL_PORT = re.compile(":(?:80|443)$")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_NONE: tuple[str, ...] = ()
_NO_PATTERN: tuple[AddressPattern, ...] = ()


class DeclarationError(ValueError):
    """A declaration is wrong.

    :param problems: all that is wrong with it
    """

    def __init__(self, source: str, problems: list[TomlProblem]) -> None:
        super().__init__(
            "\n".join(
                f"{source}{f', line {problem.line}' if problem.line else ''}: {problem}"
                for problem in problems
            )
        )
        self.problems = problems


def read_declaration(text: str, source: str) -> Site:
    """Read the declaration of one site.

    :param source: what the errors call the text, such as its file's name
    :raises DeclarationError: with all that is wrong, and what to write
    """
    try:
        table = read_table(text, KEYS)
    except TomlError as error:
        raise DeclarationError(source, [TomlProblem(None, "", str(error))]) from error
    site = _site(table)
    if table.problems:
        raise DeclarationError(source, table.problems)
    return site


def _site(table: TomlTable) -> Site:
    take = table.take
    hosts = take("hosts", _hosts, _NONE)
    name = take("name", _name, "")
    start = take("start", _addresses, _NONE)
    questions = take("questions", _patterns, _NO_PATTERN)
    canonical = take("canonical", _pattern, None)
    _see_what_is_missing(table)
    if canonical and questions:
        _see_that_canonical_serves(table, canonical, questions)
    default_origin = _origin_of(start[0]) if start else f"https://{hosts[0]}" if hosts else ""
    site = Site(
        name=name,
        title=take("title", line_of_text, name),
        hosts=hosts,
        origin=take("origin", _origin, default_origin),
        questions=questions,
        canonical=canonical,
        start=start or ((default_origin + "/",) if default_origin else ()),
        sitemaps=take("sitemaps", _addresses, None),
        feeds=take("feeds", _addresses, _NONE),
        language=take("language", _language, ""),
        drop_parameters=(*SESSION_PARAMETERS, *take("drop_parameters", _lower, _NONE)),
        follow=take("follow", _texts, _NONE),
        skip=take("skip", _texts, _NONE),
        allow=take("allow", _texts, _NONE),
        answers=take("answers", _one_of(EXPERTS, PUBLIC), PUBLIC),
        keep_names=take("keep_names", flag, False),
        reader=take("reader", _one_of(*READERS), ""),
        selectors=_within(table, "selectors", SELECTOR_FIELDS, _selector),
        labels=_within(table, "labels", KINDS, _phrases),
        loopback=take("loopback", flag, False),
        anywhere=take("anywhere", flag, False),
    )
    _see_that_hosts_serve(table, site)
    return site


def _see_that_canonical_serves(
    table: TomlTable, canonical: AddressPattern, questions: Sequence[AddressPattern]
) -> None:
    """See that the canonical form tells questions and their pages apart, and is one of theirs."""
    fields = {field for pattern in questions for field in pattern.fields}
    if missing := set(canonical.fields) - fields:
        table.wrong("canonical", f"has {{{min(missing)}}}, which no pattern of questions has")
        return
    if "id" in fields and "id" not in canonical.fields:
        table.wrong("canonical", "has no {id}, so that all questions would have one address")
    if any(map(_has_number, questions)) and not _has_number(canonical):
        table.wrong("canonical", "has no {page}, though questions have; add it in brackets")
    path, _, query = canonical.fill(dict.fromkeys(canonical.fields, "7")).partition("?")
    if not any(pattern.match(path, query) for pattern in questions):
        table.wrong("canonical", "is none of questions; add it there as well")


def _see_what_is_missing(table: TomlTable) -> None:
    for key, example in (
        ("name", '"clinic"'),
        ("hosts", '["www.clinic.example"]'),
        ("questions", '["/ask/{id}/"]'),
    ):
        if key not in table.values:
            table.wrong(key, f"is missing; write {key} = {example}")


def _see_that_hosts_serve(table: TomlTable, site: Site) -> None:
    """See that what the site names as its own is on its hosts, or on loopback if that may be."""
    hosts = {host.removeprefix("www.") for host in site.hosts}
    if not hosts or site.loopback:
        return
    for key, addresses in (("start", site.start), ("origin", (site.origin,))):
        for address in addresses if key in table.values else ():
            host = _host(urlsplit(address).netloc)
            bare = host.removeprefix("www.")
            if hosts.isdisjoint((bare, bare.partition(":")[0])):
                why = f"has {address!r}, whose host is none of hosts; correct it, or add"
                table.wrong(key, f'{why} "{host}" to hosts')


def _within(
    table: TomlTable, key: str, keys: tuple[str, ...], read: Callable[[Any], T]
) -> Mapping[str, T]:
    """The values of a table within; each that is wrong is noted with its own line."""
    empty: Mapping[str, Any] = {}
    values = table.take(key, partial(_table, key=key), empty)
    known: dict[str, T] = {}
    for name, value in values.items():
        place = f"{key}.{name}"
        if name in keys:
            try:
                known[name] = read(value)
            except ValueError as error:
                table.wrong(place, str(error))
        elif name in KEYS:
            table.wrong(place, "is a key of the site itself; move it above the first [table]")
        else:
            table.wrong(place, unknown_key(name, keys))
    return known


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError('must be a list of texts, such as ["a", "b"]')
    return tuple(value)


def _lower(value: Any) -> tuple[str, ...]:
    return tuple(text.lower() for text in _texts(value))


def _name(value: Any) -> str:
    name = line_of_text(value)
    if not _NAME.fullmatch(name):
        raise ValueError("must be small letters, digits, dots and hyphens; it stands in addresses")
    return name


def _language(value: Any) -> str:
    tag = line_of_text(value)
    if not _LANGUAGE.fullmatch(tag):
        raise ValueError('must be a language tag such as "en" or "de-AT"')
    return tag


def _hosts(value: Any) -> tuple[str, ...]:
    hosts = tuple(map(_host, _texts(value)))
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ValueError(f'must be hosts alone, such as "www.clinic.example", not {host!r}')
    if not hosts:
        raise ValueError("must name one host at least")
    return hosts


def _host(text: str) -> str:
    """A host as it is compared: in small letters, without a usual port or a dot at the end."""
    host = _USUAL_PORT.sub("", text.rpartition("@")[2].lower()).rstrip(".")
    with suppress(UnicodeError):  # as browsers send it: xn--bcher-kva.example
        return host.encode("idna").decode()
    return host


def _addresses(value: Any) -> tuple[str, ...]:
    addresses = _texts(value)
    for address in addresses:
        _origin_of(address)
    return addresses


def _origin_of(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(
            f'must be whole addresses such as "https://clinic.example/", not {address!r}'
        )
    return f"{parts.scheme}://{parts.netloc}"


def _origin(value: Any) -> str:
    origin = _origin_of(line_of_text(value))
    if origin != value.rstrip("/"):
        raise ValueError(f'must be scheme and host alone, such as "{origin}"')
    return origin


def _pattern(value: Any) -> AddressPattern:
    text = line_of_text(value)
    if "*" in text:
        raise ValueError(f"{text!r}: * is for follow and skip; write {{slug}} or another name")
    return AddressPattern(text)


def _patterns(value: Any) -> tuple[AddressPattern, ...]:
    patterns = tuple(map(_pattern, _texts(value)))
    if not patterns:
        raise ValueError('must have one pattern at least, such as ["/ask/{id}/"]')
    for pattern in patterns:
        if pattern.fields and "id" not in pattern.fields:
            raise ValueError(
                f"{pattern.text!r} has no {{id}}, so that all of its pages would be one question; "
                "call the part that tells them apart {id}"
            )
    return patterns


def _has_number(pattern: AddressPattern) -> bool:
    return not {"page", "offset"}.isdisjoint(pattern.fields)


def _one_of(*names: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in names:
            raise ValueError(f"must be one of {', '.join(map(repr, names))}, not {value!r}")
        return str(value)

    return read


def _table(value: Any, key: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"must be a table; write [{key}] on a line of its own")
    return value


def _selector(value: Any) -> str:
    css = line_of_text(value)
    compiled(css)
    return css


def _phrases(value: Any) -> tuple[str, ...]:
    return tuple(map(check_phrase, _texts(value)))


BUILT_IN: tuple[Site, ...] = tuple(
    read_declaration(entry.read_text("utf-8"), entry.name)
    for entry in sorted(files(__package__).iterdir(), key=lambda entry: entry.name)
    if entry.name.endswith(".toml")
)
"""The sites that come with the code."""
