"""What the names in markup hint at: classes, ids, ``itemprop`` and ``rel``, whatever the software.

A hint is never needed and never enough: what it says is weighed against where things stand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

AUTHOR, BODY, DATE, SIGNATURE, QUOTE, PANEL, CONTROL, RECORD, TITLE, ACCEPTED, SCORE = (
    1 << n for n in range(11)
)
_WORDS = (
    (
        AUTHOR,
        r"author(?!ization)|user-?_?(?:name|link|id\b)|username|nick(?:name)?|poster(?!ior)|by-?line"
        r"|creator|member-?_?name|screen-?_?name|display-?_?name|profile-?_?(?:link|name)"
        r"|\bfn\b|\bname\b|owner|user\b|autor|auteur|signataire|bigusername|pseudo",
    ),
    (
        BODY,
        r"post-?_?(?:text|body|content|message|msg|entry)|(?:comment|message|msg|answer|reply|question"
        r"|entry|article|response|resp|subj|item|user)-?_?(?:text|body|content|inner)|\bmessage\b"
        r"|\bcontent\b|\btext\b|bbwrapper|\bprose\b|\bmd\b|\bbody\b|description|richtext|postcolor"
        r"|cpost_contentwrap|texte|inhalt|\bposting-?text",
    ),
    (DATE, r"date|time|posted|publish|\bago\b|\bwhen\b|created|datum|fecha"),
    (SIGNATURE, r"signature|(?:^|[\W_])sig(?:$|[\W_\d])|\bsig"),
    (QUOTE, r"quote|zitat|citation|\bcite\b|citat"),
    (
        PANEL,
        r"user-?_?(?:info|panel|details|stats|block|cell|title|card|avatar|profile)|poster-?_?(?:info|profile)"
        r"|author-?_?(?:info|panel|pane|box|extra|stats)|post-?_?(?:profile|author|user|left)|(?<!has-)(?<!with-)(?<!no-)profile"
        r"|avatar|member-?_?(?:info|title)|rank|badge|reputation|userbit|message-?_?(?:user|cell--user)"
        r"|ipscomment_author|cauthorpane|\bgroup\b",
    ),
    (
        CONTROL,
        r"button|\bbtn|action|control|toolbar|\btools?\b|reply-?_?(?:link|form|button)|share|social|\blike"
        r"|vote|react|report|edit(?:ed|or|-?_?note)|notice|\bnav|pagination|breadcrumb|permalink|footer"
        r"|menu|options|attachments?-?_?(?:list|box)|moderat|\bad\b|\bads\b|advert|sponsor|anzeige"
        r"|\bform\b|lastedit|thank|hidden|sr-only|screen-reader|visually|spoiler-?_?toggle",
    ),
    (
        RECORD,
        r"post|comment|message|answer|reply|response|discussion|question|topic|entry|thread|beitrag"
        r"|posting|article",
    ),
    (TITLE, r"title|subject|headline|heading|betreff|sujet"),
    (
        ACCEPTED,
        r"(?:^|[\s_-])(?:is-?)?(?:accepted|best)(?:-?answers?)?(?:$|[\s_-])|best-?answer|best-?reply"
        r"|(?:is|has)-?solution|(?:^|[\s_-])solution(?:$|\s)|answer--accepted|marked-?answer",
    ),
    (
        SCORE,
        r"vote-?s?(?:-?count|-?score|-?num|s$)|votes?$|(?:^|[\s_-])(?:score|points|upvotes?"
        r"|rating-?count|likes?-?count|like-?num|karma-?count)(?:$|[\s_-])|netvotes",
    ),
)
_PATTERNS = tuple((bit, re.compile(words)) for bit, words in _WORDS)
_DIGITS = re.compile(r"\d{3,}")
_PROPERTIES = {
    "author": AUTHOR,
    "creator": AUTHOR,
    "text": BODY,
    "articlebody": BODY,
    "datecreated": DATE,
    "datepublished": DATE,
    "headline": TITLE,
    "acceptedanswer": ACCEPTED,
    "upvotecount": SCORE,
}
_PROFILE = re.compile(
    r"(?:^|[/?&=._-])(?:users?|members?|profiles?|people|authors?|personal_pages|u|mitglied(?:er)?"
    r"|benutzer|profil|membre|membres|usuario|usuarios|utente|utilisateur|space|home\.php\?mod=space"
    r"|viewprofile|userinfo|user_info|showuser|getuser|mode=viewprofile|uid)"
    r"[/?&=._-]+[^/?&=._-]",
    re.I,
)
_PROFILE_QUERY = re.compile(r"action=profile|(?:member|profile|user)\.(?:php|aspx?)", re.I)


@lru_cache(maxsize=16384)
def _hints_in(names: str) -> int:
    names = _DIGITS.sub("", names.lower())
    return sum(bit for bit, pattern in _PATTERNS if pattern.search(names))


def hints_of(tag: str, attributes: Mapping[str, str]) -> int:
    """The hints of a tag with attributes, as bits."""
    if not attributes:
        return DATE if tag == "time" else 0
    classes, name = attributes.get("class"), attributes.get("id")
    bits = _hints_in(f"{classes or ''} {name or ''}") if classes or name else 0
    if "itemprop" in attributes:
        bits |= _PROPERTIES.get(attributes["itemprop"].lower(), 0)
    if tag == "time":
        bits |= DATE
    elif tag == "a" and "author" in attributes.get("rel", "").lower():
        bits |= AUTHOR
    return bits


_HOST = re.compile(r"(?:https?:)?//([^/?#:]+)", re.I)
_NO_PROFILE = re.compile(
    r"log-?_?(?:in|out)|sign-?_?(?:in|up)|regist|password|settings|/edit|usercp|ucp|preferences",
    re.I,
)


def domain_of(url: str) -> str:
    """The last two labels of the host in an address; "" if there is none, as in "/about"."""
    match = _HOST.match(url)
    return ".".join(match[1].lower().split(".")[-2:]) if match else ""


@lru_cache(maxsize=16384)
def is_profile(href: str, domain: str = "") -> bool:
    """Whether an address looks like that of a person's page, on a site of a domain."""
    path = href.split("#")[0]
    if _NO_PROFILE.search(path) or domain_of(href) not in ("", domain):
        return False
    return bool(_PROFILE.search(path) or _PROFILE_QUERY.search(path))
