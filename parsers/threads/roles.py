"""Which authors are experts: those whose name says so, and those whom the page calls so."""

from __future__ import annotations

import re
from functools import lru_cache

from parsers.page.outline import Outline
from parsers.qa.experts import expert_of
from parsers.records import Responder
from parsers.threads.posts import Post
from parsers.words.patterns import pattern

_ROLE = pattern("expert")
_CJK_ROLE = re.compile(r".{0,6}(?:医师|醫師|医生|醫生|主任|药师|医師|専門家)")
_ROLE_LIMIT = 40  # characters


def responder_of(page: Outline, post: Post, name: str) -> Responder | None:
    """The expert who wrote a post; None if a member of the public did.

    :param name: the author's name as shown
    """
    expert = expert_of(name) if " " in name else None  # "Dr.Who" is a nickname
    if expert is not None:
        return expert
    role = _role(page, post)
    if role is None:
        return None
    return Responder(name, title=role or None)


def _role(page: Outline, post: Post) -> str | None:
    """What a page calls the author of a post, if that is an expert; "" if only markup says so."""
    first, last = post.body.nodes[0], page.end[post.body.nodes[-1]]
    for number in range(post.record.first, post.record.end):
        kind = page.attributes[number].get("itemtype", "")
        if kind.endswith("/Physician") and not first <= number < last:
            return ""
    start, end = page.first_piece[post.record.first], page.last_piece[post.record.nodes[-1]]
    for piece in page.pieces[start:end]:
        inside = len(post.body.nodes) == 1 and first <= piece.owner < last
        if inside or piece.owner == post.author or len(piece.text) > _ROLE_LIMIT:
            continue
        if _is_role(piece.text):
            return piece.text
    return None


@lru_cache(maxsize=4096)
def _is_role(text: str) -> bool:
    return bool(_ROLE.fullmatch(text) or _CJK_ROLE.fullmatch(text))
