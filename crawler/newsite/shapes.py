"""The pattern of a site's question addresses, from some of them and the links around. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from crawler.newsite.address_parts import Address, take_apart, without
from crawler.newsite.paging import ID_NAMES, PageForm, first_page, page_forms
from parsers.sites.address import AddressPattern, PatternError

#: Templates of a part of an address, the most telling first: literal texts are l..., the words
#: of a slug s..., a number d..., and o is the number of the first post that is shown.
_TEMPLATES = tuple(
    re.compile(expression)
    for expression in (
        r"(?P<d>[0-9]+)",
        r"(?P<l>[a-z]*[-._]?)(?P<d>[0-9]+)(?P<la>(?:\.[a-z]{2,5})?)",
        r"(?P<d>[0-9]+)(?P<l>\.)(?P<o>[0-9]+)",
        r"(?P<d>[0-9]+)(?P<l>[-._~,])(?P<s>.*?[a-z].*?)(?P<la>(?:\.[a-z]{2,5})?)",
        r"(?P<s>.+)(?P<l>[-._~,])(?P<d>[0-9]+)(?P<la>(?:\.[a-z]{2,5})?)",
        r"(?P<l>[a-z]*)(?P<d>[0-9]+)(?P<la>[-._~,])(?P<s>.+?)(?P<lb>(?:\.[a-z]{2,5})?)",
        r"(?P<s>.+)(?P<l>\.[a-z]{2,5})",
        r"(?P<s>.+)",
    )
)
#: What stands before a number and says of what it is one.
_KIND = re.compile(
    r"|[a-z]{1,2}[-_.]?|\.|(?:thread|topic|question|post|article|page|item|view|ask|show|id|frage|"
    r"thema|beitrag|sujet|tema|pregunta)[-_.]?",
    re.I,
)
_SLUG = re.compile("[-_%+]")
_NUMBER_AND_SLUG = re.compile(r"[0-9]+[-._~,].*[^\W\d_].*")
_ID_AND_SLUG = re.compile(r"(\{id:digits\})([-._~,]\{slug\}|/\{slug\}/?)$")
_OPTIONAL_SLUG = re.compile(r"\[[-._~,]?\{slug\}/?\]")
_SHARE = 0.6  # of the links of a shape that its template must fit
_NAMES = ("slug", "board", "group", "part", "rest")
_NUMBERS = ("number", "board_number", "other_number", "last_number")
_SCRIPT = re.compile(r"\.(?:php\d?|aspx?|jsp|cgi|cfm|pl|do)$", re.I)
_YEAR = re.compile("(?:19|20)[0-9]{2}")


@dataclass(frozen=True)
class _Part:
    """A part of the pattern that varies: where, and by which template."""

    key: int | str
    template: re.Pattern[str]


def question_patterns(
    questions: Sequence[str],
    links: Collection[str],
    dropped: Collection[str] = (),
    several: Collection[str] = (),
) -> tuple[str, ...]:
    """The patterns of question addresses, as a declaration writes them.

    :param questions: addresses of pages that are known to be question pages
    :param links: addresses on the site, of whatever pages
    :param dropped: parameters that say nothing
    :param several: those of ``questions`` whose pages have several questions
    """
    plain = {without(url, dropped) for url in links}
    forms = _of_threads(page_forms(plain | {without(url, dropped) for url in questions}), questions)
    # A link to a post of a thread is one to the thread, if there are links to that as well.
    plain = {_of_whole_page(url, plain, forms) for url in plain}
    questions = [_of_whole_page(without(url, dropped), plain, forms) for url in questions]
    firsts = dict.fromkeys(first_page(without(url, dropped), forms) for url in questions)
    fixed = {first_page(without(url, dropped), forms) for url in several}
    around = [take_apart(url) for url in dict.fromkeys(first_page(url, forms) for url in plain)]
    patterns: dict[str, None] = {}
    for group in _groups(list(firsts), around):
        addresses = [take_apart(url) for url in group]
        known = _slugged(addresses, addresses)
        alone = len(group) == 1 and group[0] in fixed
        form = form_of(group, forms)
        text = _pattern_of(known, _slugged(known, around), alone=alone)
        patterns[_with_pages(_without_slug(text, group, plain), form)] = None
    return tuple(patterns)


def without_slug(pattern: str) -> str:
    """A pattern without the slug that may be absent; "" if it has none."""
    shorter = _OPTIONAL_SLUG.sub("", pattern)
    return shorter if shorter != pattern else ""


def _slugged(known: Sequence[Address], addresses: Sequence[Address]) -> Sequence[Address]:
    """Some addresses without those that end in a number alone, if all known ones that do not
    have words behind it."""
    ends = [address.segments[-1] if address.segments else "" for address in known]
    slugs = [end for end in ends if not end.isdigit()]
    if not slugs or not all(map(_NUMBER_AND_SLUG.fullmatch, slugs)):
        return addresses
    return [a for a in addresses if not (a.segments and a.segments[-1].isdigit())]


def _without_slug(text: str, known: Collection[str], links: Collection[str]) -> str:
    """A pattern whose slug may be absent behind the number, where addresses without it are
    seen."""
    optional = _ID_AND_SLUG.sub(
        lambda match: match[1] + (f"/[{match[2][1:]}]" if match[2][0] == "/" else f"[{match[2]}]"),
        text,
    )
    if optional == text:
        return text
    shorter = AddressPattern(_ID_AND_SLUG.sub(r"\1", text))
    urls = map(urlsplit, (*known, *links))
    is_seen = any(shorter.match(parts.path, parts.query) is not None for parts in urls)
    return optional if is_seen else text


def _of_threads(
    forms: Mapping[PageForm, set[str]], questions: Collection[str]
) -> dict[PageForm, set[str]]:
    """Forms without those in which a number alone is that of a question: ``/t/5`` is no fifth
    page of ``/t``, unless that has a number of its own or is a question."""
    asked = {url.rstrip("/") for url in questions}

    def is_first(base: str) -> bool:
        bare = base.rstrip("/")
        below = sum(url.rpartition("/")[0] == bare for url in asked)
        return bare in asked or (not _is_word(bare.rpartition("/")[2]) and below < 2)

    kept = {
        form: bases if form.is_worded else set(filter(is_first, bases))
        for form, bases in forms.items()
    }
    return {form: bases for form, bases in kept.items() if bases}


def _of_whole_page(url: str, links: Collection[str], forms: Mapping[PageForm, set[str]]) -> str:
    """An address without its query, if that is the address of a page as well, and the query
    does not number its pages."""
    parts = urlsplit(url)
    bare = parts._replace(query="").geturl()
    if not parts.query or bare not in links or first_page(url, forms) != url:
        return url
    return bare


def form_of(urls: Collection[str], forms: Mapping[PageForm, set[str]]) -> PageForm | None:
    """The form in which pages of some addresses are numbered; failing that, how those of the
    site's lists are, if that is a parameter."""
    skeletons = {take_apart(url).skeleton for url in urls}
    heads = {take_apart(url).segments[:1] for url in urls}

    def score(form: PageForm) -> tuple[bool, bool, int, int]:
        alike = [take_apart(base) for base in forms[form]]
        fit = sum(a.skeleton in skeletons and a.segments[:1] in heads for a in alike)
        return fit > 0, form.is_worded, fit, len(alike)

    usable = [form for form in forms if form.name.strip("?") or score(form)[0]]
    return max(usable, key=score, default=None)


def _groups(urls: Sequence[str], around: Sequence[Address]) -> Iterator[list[str]]:
    """Addresses in groups of one kind each: alike but for what varies within a kind."""
    asking = list(map(take_apart, urls))
    groups: dict[tuple[object, ...], list[str]] = {}
    for url in urls:
        address = take_apart(url)
        words = tuple(
            "" if n in _varying_words(address, asking, around) else word
            for n, word in enumerate(address.segments[:-1])
        )
        groups.setdefault((address.skeleton, words), []).append(url)
    yield from groups.values()


def _varying_words(
    address: Address, questions: Sequence[Address], around: Sequence[Address]
) -> set[int]:
    """The segments before the last that vary: numbers, words in whose place other questions of
    the same kind have others, and slugs in whose place any link of that kind has another."""
    before = address.segments[:-1]
    words = {n: word for n, word in enumerate(before) if _is_word(word)}
    simple = {n: word for n, word in words.items() if not _SLUG.search(word)}
    varying = set(range(len(before))) - words.keys()
    for n in words:
        if n == 0 and len(simple.keys() - {0}) == 0:
            continue  # nothing else would tell this kind from others
        is_slug = n not in simple and n > 0
        fixed = {m: word for m, word in simple.items() if m == 0} if is_slug else simple
        others = {
            other.segments[n]
            for other in (*questions, *(around if is_slug else ()))
            if len(other.segments) == len(address.segments)
            and _is_word(other.segments[-1]) == _is_word(address.segments[-1])
            and all(m == n or other.segments[m] == word for m, word in fixed.items())
        }
        if len(others) > 1:
            varying.add(n)
    return varying


def _is_word(segment: str) -> bool:
    return not any(character.isdigit() for character in segment)


def _pattern_of(known: Sequence[Address], around: Sequence[Address], *, alone: bool) -> str:
    first = known[0]
    keys: list[int | str] = [*range(len(first.segments)), *first.query]
    words = _varying_words(first, known, around)
    varying = [key for key in keys if key in words or _is_variable(key, known)]
    alone = alone or (bool(first.segments) and _SCRIPT.search(first.segments[-1]) is not None)
    if not varying and first.segments and not alone:
        varying = [len(first.segments) - 1]
    constant = [key for key in keys if key not in varying]
    siblings = [
        address
        for address in around
        if len(address.segments) == len(first.segments)
        and first.query.keys() <= address.query.keys()
        and all(address.part(key) == first.part(key) for key in constant)
    ]
    parts = {key: _Part(key, _template(key, known, siblings)) for key in varying}
    alike = [*known, *(a for a in siblings if all(_fits(part, a) for part in parts.values()))]
    own = _id_of(parts.values(), alike)
    if own is not None and parts[own[0]].template is _TEMPLATES[0]:
        # Titles may end in numbers, but the next one need not.
        slugs = [n for n, part in parts.items() if _is_slug(part) and _comes_after(n, own[0])]
        parts |= {n: _Part(n, _TEMPLATES[-1]) for n in slugs}
    return _write(first, parts, own, slash=sum(a.slash for a in known) * 2 > len(known))


def _is_variable(key: int | str, known: Sequence[Address]) -> bool:
    values = {address.part(key) for address in known}
    return len(values) > 1 or not _is_word(next(iter(values)))


def _template(
    key: int | str, known: Sequence[Address], siblings: Sequence[Address]
) -> re.Pattern[str]:
    """The most telling template that fits the known addresses, and most of those like them."""
    values = {address.part(key) for address in known}
    others = {address.part(key) for address in siblings} | values
    for template in _TEMPLATES[:-1]:
        fits = [match for value in values if (match := template.fullmatch(value))]
        literals = {_literals(fit) for fit in fits}
        if len(fits) < len(values) or len(literals) > 1:
            continue
        first = fits[0].groupdict().get("l") or ""
        if len(others) == 1 and "s" not in fits[0].groupdict() and not _KIND.fullmatch(first):
            continue  # it may as well be the words of a slug
        if sum(template.fullmatch(value) is not None for value in others) >= _SHARE * len(others):
            return template
    return _TEMPLATES[-1]


def _is_slug(part: _Part) -> bool:
    return {"s", "d"} <= part.template.groupindex.keys()


def _comes_after(key: int | str, other: int | str) -> bool:
    return isinstance(key, int) and isinstance(other, int) and key > other


def _literals(match: re.Match[str]) -> tuple[str, ...]:
    return tuple(text for name, text in match.groupdict().items() if name[0] == "l")


def _fits(part: _Part, address: Address) -> bool:
    return part.template.fullmatch(address.part(part.key)) is not None


def _id_of(parts: Collection[_Part], alike: Sequence[Address]) -> tuple[int | str, str] | None:
    """Which varying text is the question's id: the one with the most values; a number rather
    than words, unless it is a date's."""
    values = {
        (part.key, name): {
            match[name]
            for address in alike
            if (match := part.template.fullmatch(address.part(part.key)))
        }
        for part in parts
        for name in part.template.groupindex
        if name in ("d", "s")
    }
    for part in parts:  # a number beside a slug is what the slug is of
        if (part.key, "d") in values:
            values.pop((part.key, "s"), None)
    is_dated = any(all(map(_YEAR.fullmatch, texts)) for texts in values.values())

    def rank(place: tuple[int | str, str]) -> tuple[int, int, int]:
        key, name = place
        of_date = is_dated and all(len(n) < 3 or _YEAR.fullmatch(n) for n in values[place])
        known = isinstance(key, str) and key.lower() in ID_NAMES
        order = -ID_NAMES.index(key.lower()) if known else -100  # type: ignore[union-attr]
        is_whole = all(place[0] != part.key or part.template is _TEMPLATES[0] for part in parts)
        kind = 1 if name == "s" else 0 if of_date else 3 if is_whole else 2
        return len(values[place]), kind, order if isinstance(key, str) else key

    return max(values, key=rank, default=None)


def _write(
    first: Address,
    parts: Mapping[int | str, _Part],
    own: tuple[int | str, str] | None,
    *,
    slash: bool,
) -> str:
    names, numbers = iter(_NAMES), iter(_NUMBERS)

    def filled(key: int | str) -> str:
        part = parts.get(key)
        value = first.part(key)
        match = part.template.fullmatch(value) if part else None
        if match is None:
            return value
        text = ""
        for name, piece in match.groupdict().items():
            if name[0] == "l":
                text += piece
            elif name == "o":
                text += "{offset}"
            else:
                field = "id" if (key, name) == own else next(numbers if name == "d" else names)
                text += f"{{{field}:digits}}" if name == "d" else f"{{{field}}}"
        return text

    path = "/" + "/".join(filled(n) for n in range(len(first.segments)))
    path += "/" if slash and first.segments else ""
    wanted = [
        name for name in first.query if name not in parts or (own is not None and name == own[0])
    ]
    pieces = [f"{name}={filled(name)}" if name else filled(name) for name in wanted]
    return path + (f"?{'&'.join(pieces)}" if pieces else "")


def _with_pages(text: str, form: PageForm | None) -> str:
    """A pattern with the part that numbers its pages."""
    if form is None or "{offset}" in text:
        return text
    if form.name == "?":
        longer = f"{text}[{form.before}{{{form.field}}}]"
    elif form.name:
        longer = f"{text}[{'&' if '?' in text else '?'}{form.name}={{{form.field}}}]"
    else:
        path, mark, query = text.partition("?")
        stem, dot, ending = path.rpartition(".")
        number = f"[{form.before}{{{form.field}}}]"
        if dot and re.fullmatch("[a-z]{2,5}", ending) and "{" not in ending:
            path = f"{stem}{number}.{ending}"
        elif path.endswith("/") and form.before.startswith("/"):
            path = f"{path}[{form.before[1:]}{{{form.field}}}{form.after}]"
        else:
            path += f"[{form.before}{{{form.field}}}{form.after}]"
        longer = path + mark + query
    try:
        AddressPattern(longer)
    except PatternError:
        return text
    return longer
