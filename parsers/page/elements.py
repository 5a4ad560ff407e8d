"""What is to be known of HTML's elements, and how their attributes change it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from parsers.links import refresh_target

# Each is a bit; KINDS has the bits of each element.
(SKIPPED, NOTED, BLOCK, BOX, LIST, ITEM, HEADING, PREFORMATTED, TABLE, ROW, CELL, IN_TABLE,
 VOID, ANCHOR, BOLD, ITALIC, FONT, IMAGE, RULE) = (1 << n for n in range(19))  # fmt: skip
_ELEMENTS = (
    (SKIPPED, "script style noscript template head title iframe object applet svg math select"
     " option textarea button noframes audio video canvas datalist"),
    # noted even where they are not shown
    (NOTED, "a base link meta title area frame iframe object embed"),
    (BLOCK | BOX, "table td th div section article main blockquote fieldset dl dd center form"
     " body aside header footer nav details summary"),
    (BLOCK | LIST, "ul ol menu dir"),
    (BLOCK | HEADING, "h1 h2 h3 h4 h5 h6"),
    (BLOCK | PREFORMATTED, "pre xmp listing plaintext"),
    (BLOCK, "html p tbody thead tfoot tr li dt address hr legend caption figure figcaption"
     " hgroup"),
    (ITEM, "li"),
    (TABLE, "table"),
    (ROW, "tr"),
    (CELL, "td th"),
    (IN_TABLE, "td th tr tbody thead tfoot caption"),
    (ANCHOR, "a"),
    (VOID, "br img input"),
    (IMAGE, "img input"),
    (RULE, "hr"),
    (BOLD, "b strong big th"),
    (ITALIC, "i em cite blockquote"),
    (FONT, "font span"),
)  # fmt: skip
KINDS: dict[str, int] = {}
for _bits, _names in _ELEMENTS:
    for _name in _names.split():
        KINDS[_name] = KINDS.get(_name, 0) | _bits
EMPHASIS = BOLD | ITALIC | FONT
BEGINS_LINE = 1 << 19  # of an open element, not of a kind: no text stands before it in its line
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_HEAVY = re.compile(r"font-weight\s*:\s*(?:bold|[6-9]00)", re.I)


def is_hidden(attributes: Mapping[str, str]) -> bool:
    """Whether attributes, of which one is style or hidden, say that nothing is shown."""
    return "hidden" in attributes or _HIDDEN.search(attributes["style"]) is not None


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: that is fast
class Emphasis:
    """How text stands out: the style as a line names it, and what that is made of."""

    style: str = ""
    bold: bool = False
    italic: bool = False
    look: str = ""


PLAIN = Emphasis()


@lru_cache(maxsize=1024)
def emphasis_within(around: Emphasis, kind: int, look: str = "") -> Emphasis:
    """The emphasis in an element of a kind, or with the look of a font."""
    bold = around.bold or kind & BOLD != 0
    italic = around.italic or kind & (ITALIC | BOLD) == ITALIC
    look = look or around.look
    return Emphasis(("b" if bold else "") + ("i" if italic else "") + look, bold, italic, look)


@lru_cache(maxsize=1024)
def font_within(
    around: Emphasis, size: str | None, style: str | None, color: str | None, kind: str | None
) -> Emphasis:
    """The emphasis in ``<font>`` and ``<span>``: bold if large or heavy, and the colour."""
    size = (size or "").strip()
    large = size.lstrip("+").isdigit() and (size.startswith("+") or int(size[:2]) > 3)
    heavy = large or _HEAVY.search(style or "")
    look = f"{'b' if heavy else ''}:{color or ''}{kind or ''}"
    return emphasis_within(around, BOLD if heavy else FONT, look)


# Relations of <link> that lead to a page beside this one: of HTML 4, 6.12, where old sites have
# them, and HTML 5. An alternate is the same text once more (a feed, AMP, print).
_LEADING = frozenset(
    ("next", "prev", "previous", "up", "parent", "start", "first", "last", "begin", "end",
     "contents", "toc", "index", "chapter", "section", "subsection", "canonical")
)  # fmt: skip


def target_of(name: str, attributes: Mapping[str, str]) -> str | None:
    """The address, as written, to which an element leads a browser; None where to none."""
    get = attributes.get
    if name in ("a", "area"):
        return get("href", get("xlink:href"))
    if name in ("frame", "iframe"):
        return get("src") if "srcdoc" not in attributes else None
    if name == "link":
        leads = not _LEADING.isdisjoint(get("rel", "").lower().split())
        return get("href") if leads else None
    if name == "meta":
        refreshes = get("http-equiv", "").lower() == "refresh"
        return refresh_target(get("content", "")) if refreshes else None
    if name in ("object", "embed"):
        # Other types are players and pictures.
        is_page = get("type", "text/html").strip().lower().startswith("text/html")
        return get("data" if name == "object" else "src") if is_page else None
    return None
