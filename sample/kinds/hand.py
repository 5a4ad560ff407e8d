"""Blocks as HTML in the hands of today's software."""

from __future__ import annotations

from dataclasses import dataclass

from sample.blocks import Items, Para, Rows
from sample.markup import Hand, escape

from .text import Code, PostBlock, Quote

PARAGRAPHS = Hand(emphasis="strong")
HTML = Hand(emphasis="em")
BOARD = Hand(paragraphs="br", emphasis="strong")


def markdown(blocks: tuple[PostBlock, ...]) -> str:
    """Blocks as Markdown makes HTML of them: paragraphs, no quotes."""
    return "\n".join(markdown_block(block) for block in blocks)


def markdown_block(block: PostBlock) -> str:
    """One block; a quote is its own text."""
    match block:
        case Code(text):
            return f'<pre><code class="lang-auto">{escape(text)}\n</code></pre>'
        case Quote(_, _, _, inner):
            return f"<blockquote>\n{markdown(inner)}\n</blockquote>"
        case Rows(rows):
            head, *rest = [
                "".join(f"<{cell}>{HTML.inline(text)}</{cell}>\n" for text in cells)
                for cell, cells in zip(["th"] + ["td"] * len(rows), rows, strict=False)
            ]
            body = "".join(f"<tr>\n{row}</tr>\n" for row in rest)
            return (
                '<div class="md-table">\n<table>\n<thead>\n<tr>\n'
                f"{head}</tr>\n</thead>\n<tbody>\n{body}</tbody>\n</table>\n</div>"
            )
        case _:
            return PARAGRAPHS.body((block,))


def paragraphs(blocks: tuple[PostBlock, ...], lead: str = "") -> str:
    """Blocks as an editor of a web log writes them; ``lead`` begins the first paragraph."""
    first = blocks[0]
    if not lead or not isinstance(first, Para):
        return lead + HTML.body(
            tuple(block for block in blocks if not isinstance(block, Code | Quote))
        )
    rest = paragraphs(blocks[1:]) if blocks[1:] else ""
    return f"<p>{lead}{HTML.inline(first.text)}</p>\n{rest}"


@dataclass(frozen=True, slots=True)
class Bbcode:
    """HTML of BBCode as phpBB 3 makes it; ``session`` stands in the links of quotes."""

    session: str

    def body(self, blocks: tuple[PostBlock, ...]) -> str:
        """A post: text and line breaks, lists and quotes in between."""
        parts: list[str] = []
        for place, block in enumerate(blocks):
            text = self._block(block)
            before = blocks[place - 1] if place else None
            if isinstance(block, Para) and isinstance(before, Para):
                text = f"<br>\n<br>\n{text}"
            elif isinstance(before, Para) or (isinstance(block, Para) and before is not None):
                text = f"\n{text}" if isinstance(before, Quote) else f"<br>\n{text}"
            parts.append(text)
        return "".join(parts)

    def _block(self, block: PostBlock) -> str:
        match block:
            case Para(text):
                bold = '<strong class="text-strong">'
                return BOARD.inline(text).replace("<strong>", bold)
            case Items(items, numbered):
                lines = "".join(f"<li>{BOARD.inline(item)}</li>" for item in items)
                start = '<ol style="list-style-type:decimal">' if numbered else "<ul>"
                return f"{start}{lines}{'</ol>' if numbered else '</ul>'}"
            case Code(text):
                return (
                    '<div class="codebox"><p>Code: <a href="#" onclick="selectCode(this);'
                    ' return false;">Select all</a></p>'
                    f"<pre><code>{escape(text)}</code></pre></div>"
                )
            case Quote(who, identifier, _, inner):
                post = f"./viewtopic.php?p={identifier}&amp;sid={self.session}#p{identifier}"
                return (
                    f'<blockquote><div><cite>{escape(who.name)} wrote: <a href="{post}"'
                    f' data-post-id="{identifier}" onclick="if(document.getElementById('
                    'hash.substr(1)))href=hash">↑</a></cite>\n'
                    f"{self.body(inner)}\n</div></blockquote>"
                )
            case _:
                return BOARD.body((block,))
