"""Blocks as HTML, in the hand of different times."""

from __future__ import annotations

from dataclasses import dataclass

from .blocks import BREAK, EMPHASIS, Block, Items, Markup, Para, Rows

WORDS_A_LINE = 13


@dataclass(frozen=True, slots=True)
class Hand:
    """How somebody writes HTML.

    :param paragraphs: ``p`` closed ones, ``open`` unclosed <P>, ``br`` two line breaks
    :param upper: tags in capitals
    :param xml: empty elements end in " />"
    :param emphasis: the element for emphasis
    :param wrapped: source lines are broken, as editors of the time did
    """

    paragraphs: str = "p"
    upper: bool = False
    xml: bool = False
    emphasis: str = "em"
    wrapped: bool = False

    def tag(self, name: str) -> str:
        """A tag's name in this hand."""
        return name.upper() if self.upper else name

    @property
    def br(self) -> str:
        """A line break."""
        return f"<{self.tag('br')}{' /' if self.xml else ''}>"

    def body(self, blocks: tuple[Block, ...]) -> str:
        """A body of text. With ``open``, the first paragraph has no tag of its own."""
        parts = [self._block(block) for block in blocks]
        if self.paragraphs == "br":
            return f"{self.br}{self.br}\n".join(parts)
        if self.paragraphs == "p":
            return "\n".join(parts)
        return "\n".join(
            f"<{self.tag('p')}>{part}" if isinstance(block, Para | Markup) and place else part
            for place, (block, part) in enumerate(zip(blocks, parts, strict=True))
        )

    def _block(self, block: Block) -> str:
        match block:
            case Para(text):
                return self._paragraph(self.inline(text))
            case Markup(html, _):
                return self._paragraph(html)
            case Items(items, numbered):
                return self._list(items, self.tag("ol" if numbered else "ul"))
            case Rows(rows):
                return self._table(rows)

    def _paragraph(self, html: str) -> str:
        return f"<{self.tag('p')}>{html}</{self.tag('p')}>" if self.paragraphs == "p" else html

    def _list(self, items: tuple[str, ...], name: str) -> str:
        li = self.tag("li")
        end = f"</{li}>" if self.paragraphs == "p" else ""
        lines = "\n".join(f"  <{li}>{self.inline(item)}{end}" for item in items)
        return f"<{name}>\n{lines}\n</{name}>"

    def _table(self, rows: tuple[tuple[str, ...], ...]) -> str:
        table, tr, td = self.tag("table"), self.tag("tr"), self.tag("td")
        end = "" if self.paragraphs == "open" else f"</{td}>"
        lines = "\n".join(
            f"  <{tr}>" + "".join(f"<{td}>{self.inline(cell)}{end}" for cell in row) + f"</{tr}>"
            for row in rows
        )
        return f'<{table} border="1" cellpadding="3">\n{lines}\n</{table}>'

    def inline(self, text: str) -> str:
        """One line of text, escaped, with its emphasis and line breaks."""
        html = escape(text)
        if "*" in html:
            name = self.tag(self.emphasis)
            html = EMPHASIS.sub(rf"<{name}>\1</{name}>", html)
        html = html.replace(BREAK, self.br)
        return _wrapped(html) if self.wrapped else html


def _wrapped(html: str) -> str:
    words = html.split(" ")
    steps = range(0, len(words), WORDS_A_LINE)
    return "\r\n".join(" ".join(words[step : step + WORDS_A_LINE]) for step in steps)


def escape(text: str) -> str:
    """Text as HTML."""
    if "&" in text or "<" in text or ">" in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace("\u00a0", "&nbsp;")


def attribute(text: str) -> str:
    """Text as the value of an attribute in double quotes."""
    return escape(text).replace('"', "&quot;")
