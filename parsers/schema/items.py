"""The things that a page describes for machines, by the vocabulary of schema.org.

JSON-LD, microdata and RDFa Lite (RDFa's ``vocab``, ``typeof``, ``property``, ``resource``) become
the same items. extruct reads these too, and gives texts alone: here a text keeps the element that
shows it, so that the page's own text can be taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from lxml import html

from parsers.page.lines import collapse
from parsers.schema.loose_json import DEEPEST, read_json

_MOST_ITEMS = 20_000  # of a page; more is an attack, not a description
_BEGINNING = 1000  # characters
_VOCABULARY = re.compile(r"(?:https?:/*+(?:www\.)?schema\.org/?|schema:)", re.I)
_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LINKS = {"a": "href", "area": "href", "link": "href", "img": "src", "iframe": "src",
          "source": "src", "object": "data", "data": "value", "meter": "value"}  # fmt: skip

_T = TypeVar("_T")


class MarkedText(NamedTuple):
    """A text that an item says; ``element`` is what shows it on the page, None if nothing does."""

    text: str
    element: html.HtmlElement | None = None


@dataclass(slots=True, eq=False)
class Item:
    """A thing: its types ("Question"), its address or id, and what is said of it.

    ``properties`` are by name ("acceptedAnswer"), each with all of its values. ``element`` is
    the element that holds it, None in JSON-LD. ``holder`` is the item that names it, None where
    none does, and ``role`` by which property.
    """

    types: frozenset[str]
    id: str = ""
    element: html.HtmlElement | None = None
    properties: dict[str, list[Item | MarkedText]] = field(default_factory=dict)
    holder: Item | None = None
    role: str = ""

    def add(self, name: str, value: Item | MarkedText) -> None:
        """Say something more of it."""
        if isinstance(value, Item) and value.holder is None:
            value.holder, value.role = self, name
        self.properties.setdefault(name, []).append(value)

    def texts(self, *names: str) -> list[MarkedText]:
        """The texts that are its properties, in the order of the names."""
        return self._values(MarkedText, names)

    def text(self, *names: str) -> str:
        """The first text of some properties that is not empty; "" if there is none."""
        return next((text.text for text in self.texts(*names) if text.text), "")

    def items(self, *names: str) -> list[Item]:
        """The items that are its properties, in the order of the names."""
        return self._values(Item, names)

    def number(self, *names: str) -> int | None:
        """The first whole number that some properties say."""
        for text in self.texts(*names):
            match = re.search(r"(?<!\d)[-−]?\d{1,9}(?!\d)", text.text.replace(",", ""))
            if match:
                return int(match[0].replace("−", "-"))
        return None

    def _values(self, kind: type[_T], names: tuple[str, ...]) -> list[_T]:
        values = (value for name in names for value in self.properties.get(name, ()))
        return [value for value in values if isinstance(value, kind)]


class Items(NamedTuple):
    """The items of a page in order; ``broken`` says that some of its JSON is no JSON."""

    items: list[Item]
    broken: bool = False


def read_items(tree: html.HtmlElement) -> Items:
    """All items of a page, those within others as well."""
    items, broken = _json_items(tree)
    return Items(items + _marked_items(tree), broken)


def clean(text: str) -> str:
    """A text without what no text holds: control characters and halves of characters."""
    if _SURROGATE.search(text):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _CONTROL.sub("", text)


@lru_cache(maxsize=1024)
def _term(name: str) -> str:
    """The name of a type or a property without its vocabulary."""
    match = _VOCABULARY.match(name.strip())
    return (name.strip()[match.end() :] if match else name.strip()).strip("/#")


# JSON-LD ----------------------------------------------------------------------------------------


def _json_items(tree: html.HtmlElement) -> tuple[list[Item], bool]:
    builder = _JsonItems()
    broken = False
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "").lower():
            values, in_order = read_json(script.text or "")
            broken = broken or not in_order
            for value in values:
                builder.read(value, 0)
    return builder.linked(), broken


class _JsonItems:
    """The items of JSON-LD, while they are read; references are followed at the end."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.by_id: dict[str, Item] = {}
        self.references: list[tuple[Item, str, int]] = []  # whose, which property, which value

    def read(self, value: Any, depth: int) -> Item | None:
        """Read an object with all that is in it, or a list of objects."""
        if isinstance(value, list):
            for each in value:
                self.read(each, depth + 1)
            return None
        if not isinstance(value, dict) or depth > DEEPEST or len(self.items) >= _MOST_ITEMS:
            return None
        item = Item(frozenset(_term(name) for name in _strings(value.get("@type"))))
        item.id = next(_strings(value.get("@id")), "")
        self.items.append(item)
        if item.id and len(value) > 1:
            self.by_id.setdefault(item.id, item)
        for name, inner in value.items():
            if name == "@graph":
                self.read(inner, depth + 1)
            elif not name.startswith("@"):
                self._property(item, _term(name), inner, depth + 1)
        return item

    def _property(self, item: Item, name: str, value: Any, depth: int) -> None:
        if isinstance(value, list) and depth < DEEPEST:
            for each in value:
                self._property(item, name, each, depth + 1)
        elif isinstance(value, dict):
            if "@value" in value:
                self._property(item, name, value["@value"], depth + 1)
            elif value.keys() == {"@id"}:
                item.add(name, MarkedText(clean(str(value["@id"]))))
                self.references.append((item, name, len(item.properties[name]) - 1))
            elif "@list" in value or "@set" in value:
                self._property(item, name, value.get("@list", value.get("@set")), depth + 1)
            elif inner := self.read(value, depth):
                item.add(name, inner)
        elif value is not None and not isinstance(value, (bool, list)):
            item.add(name, MarkedText(clean(str(value))))

    def linked(self) -> list[Item]:
        """The items, each reference replaced by the item that it names."""
        for item, name, number in self.references:
            text = item.properties[name][number]
            target = self.by_id.get(text.text) if isinstance(text, MarkedText) else None
            if target is not None and target is not item:
                item.properties[name][number] = target
                if target.holder is None:
                    target.holder, target.role = item, name
        return self.items


def _strings(value: Any) -> Iterator[str]:
    for each in value if isinstance(value, list) else (value,):
        if isinstance(each, str):
            yield each


# Microdata and RDFa Lite ------------------------------------------------------------------------


def _marked_items(tree: html.HtmlElement) -> list[Item]:
    """The items of attributes, in document order."""
    nodes = tree.xpath("//*[@itemscope or @typeof]")[:_MOST_ITEMS]
    if not nodes:
        return []
    items = {node: _marked_item(node) for node in nodes}
    lent = _lent(tree, items)
    inside: dict[html.HtmlElement | None, Item | None] = {None: None, **lent, **items}
    for node in tree.xpath("//*[@itemprop or @property]"):
        names = f"{node.get('itemprop') or ''} {node.get('property') or ''}".split()
        item = items.get(node)
        if item is not None:
            item.role = next(map(_term, names), "")
        holder = lent.get(node) or _holder(node.getparent(), inside)
        if holder is not None:
            value = item or _marked_text(node)
            for name in names:
                holder.add(_term(name), value)
    return list(items.values())


def _lent(
    tree: html.HtmlElement, items: Mapping[html.HtmlElement, Item]
) -> dict[html.HtmlElement, Item]:
    """The elements whose properties an item takes by ``itemref``."""
    references = [(name, item) for node, item in items.items()
                  for name in (node.get("itemref") or "").split()]  # fmt: skip
    by_id = {node.get("id"): node for node in tree.xpath("//*[@id]")} if references else {}
    return {by_id[name]: item for name, item in references if name in by_id}


def _holder(
    node: html.HtmlElement | None, inside: dict[html.HtmlElement | None, Item | None]
) -> Item | None:
    """The item in which an element stands; what is learned of those around it is noted."""
    passed: list[html.HtmlElement] = []
    while node is not None and node not in inside:
        passed.append(node)
        node = node.getparent()
    holder = inside[node]
    inside.update(dict.fromkeys(passed, holder))
    return holder


def _marked_item(node: html.HtmlElement) -> Item:
    get = node.get
    types = get("itemtype") or get("typeof") or ""
    identity = get("itemid") or get("resource") or get("about") or ""
    return Item(frozenset(map(_term, types.split())), identity.strip(), node)


def _marked_text(node: html.HtmlElement) -> MarkedText:
    """What an element says as a property: an attribute, or what it shows."""
    if (content := node.get("content")) is not None:
        return MarkedText(clean(content))
    named = _LINKS.get(node.tag)
    if named and (address := node.get(named)) is not None:
        return MarkedText(clean(address), node)
    if node.tag == "time" and (moment := node.get("datetime")):
        return MarkedText(clean(moment))
    return MarkedText(clean(_beginning(node)), node)


def _beginning(node: html.HtmlElement) -> str:
    """The beginning of what an element shows; its whole text is read where it is needed."""
    texts: list[str] = []
    length = 0
    for text in node.itertext():
        texts.append(text)
        length += len(text)
        if length > _BEGINNING:
            break
    return collapse("".join(texts)[:_BEGINNING])
