"""Finds in a text what may tell who wrote it: addresses, numbers, names. Pure.

It is for a person to decide with, so each find has a rank, and what stands in archives of
answers by the thousand (hotlines, hospitals) ranks low, unless members of the public answer.
Names of responders are no finding: they signed as professionals. User names need not be found:
no text has them but as part of what somebody wrote. Telephone numbers are found by
libphonenumber's Python port, which knows the numbering plans.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import chain
from operator import attrgetter

from phonenumbers import Leniency, PhoneNumberMatcher, PhoneNumberType, number_type

from parsers.urls import declared_sites


class IdentifierKind(StrEnum):
    """What was found."""

    EMAIL = "e-mail"
    PHONE = "phone"
    ADDRESS = "address"
    SSN = "social security number"
    SIGNATURE = "signature"
    GREETING = "greeting"
    NAME = "name"


class PrivacyRank(IntEnum):
    """How much it tells of somebody: 1 is to be looked at first."""

    PERSON = 1
    PERHAPS = 2
    INSTITUTION = 3


@dataclass(frozen=True, slots=True)
class PrivacyFinding:
    """One find: in which field, at which character, and the words around it.

    ``text`` is what was found itself, as it stands there; ``snippet`` is one line.
    """

    kind: IdentifierKind
    rank: PrivacyRank
    field: str
    offset: int
    text: str
    snippet: str


#: Characters beside a run of digits that may belong to the number; and the longest part of a
#: text that is looked through for one.
_BESIDE, _LONGEST = 20, 400
_AROUND = 40

_EMAIL = re.compile(
    r"(?<![\w.+@-])[A-Za-z0-9][\w.+-]{0,63}(?:@|\s?[\[(]\s?at\s?[\])]\s?)"
    r"(?:[A-Za-z0-9-]{1,63}(?:\.|\s?[\[(]\s?dot\s?[\])]\s?)){1,5}[A-Za-z]{2,12}\b"
)
_SPELLED = re.compile(
    r"\b[a-z0-9][\w.-]{1,40} at [a-z0-9-]{2,40} dot (?:com|net|org|edu|gov|us|ca|uk)\b", re.I
)
# Offices of a house, and not a person.
_OFFICE = re.compile(
    r"(?:info|contact|help|webmaster|support|admin|office|editor|health\w*)[@ (\[]",
    re.I,
)
_DIGITS = re.compile(r"\d(?:[\s().+/\-–]{0,3}\d){6,24}")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_STREET = re.compile(
    r"\b\d{1,5} (?:[NSEW]\.? |North |South |East |West )?(?:[A-Z][\w'’.]{1,20} ){1,3}"
    r"(?:Street|Avenue|Road|Drive|Lane|Court|Boulevard|Place|Terrace|Circle|Parkway|"
    r"(?:St|Ave|Rd|Ln|Ct|Blvd|Pl|Pkwy|Dr)(?=[.,\n]| (?:Apt|Suite|#)|$))"
)
_POSTAL = re.compile(r"\b[A-Z][a-z]+(?: [A-Z][a-z]+)?, ?[A-Z]{2},? \d{5}(?:-\d{4})?\b")

_QUOTE = "['’`´]"
_WORD = r"[A-Z][a-z]+(?:[-'’`][A-Z]?[a-z]+)?"
_FULL = rf"{_WORD}(?: (?:[A-Z]\.?(?= |[.,!)\n]|$)|{_WORD})){{0,2}}"
_HONOR = r"(?:Dr|Doctor|Mr|Mrs|Ms|Miss|Prof|Professor|Nurse)\.?"
_GREETING = re.compile(
    rf"(?:^|\n)[ \t>]*(?:Dear|Hello|Hi|Hey|Greetings|Good (?:morning|afternoon|evening))[ ,]+"
    rf"((?:{_HONOR} ?)?{_FULL})[ \t]*(?:[,.!:;\-–]|\n|$)"
)
_CLOSING = re.compile(
    r"(?:^|[\s.!?,;])(?:thanks?(?: you)?(?: (?:so|very) much| a lot| again| in advance)?|sincerely"
    r"(?: yours)?|(?:best |kind |warm )?regards|best wishes|yours(?: truly| sincerely)?|cheers|"
    r"respectfully|gratefully|signed|god bless|take care|appreciatively|love(?=[ \t]?[,\n]))"
    rf"[ \t]{{0,2}}[,.!;:\-–—]{{0,4}}\s{{0,4}}[\-–—~]{{0,3}}[ \t]{{0,2}}"
    rf"(?-i:({_FULL}|[A-Z]{{3,12}}))(?-i:[ \t]?[.!,]?[ \t]?(?=\n|$)|,)",
    re.I,
)
_LAST_LINE = re.compile(
    rf"[.!?)…\"][ \t]?\n{{1,3}}[ \t]{{0,4}}[\-–—~*]{{0,3}}[ \t]?({_FULL})"
    r"(?:,? (?:from |in )?[A-Z][\w .]{1,30})?[.!]?\s{0,4}\Z"
)
_DASHED = re.compile(rf"[.!?\n][ \t]{{0,4}}(?:--?|[–—~])[ \t]?({_FULL})[.!]?\s{{0,4}}\Z")
_MY_NAME = re.compile(
    rf"\b(?:my (?:full )?name(?:{_QUOTE}s| is)|i am called|this is)(?-i: ({_FULL}))", re.I
)
_CALLED = re.compile(
    rf"\b(?:named|called|whose name is|(?:his|her|their) name is)(?-i: ({_FULL}))", re.I
)
_I_AM = re.compile(rf"\bI(?:{_QUOTE}m| am) ({_FULL})(?=,? (?:and|a|an|from|aged|age|\d)\b)")
_RELATIVE = re.compile(
    r"\bmy (?:\w+ )?(?:son|daughter|husband|wife|mother|father|sister|brother|boyfriend|"
    r"girlfriend|fianc[eé]e?|partner|baby|grandson|granddaughter|friend|uncle|aunt|cousin)"
    rf",? (?-i:({_FULL}))(?= |,|{_QUOTE}s)",
    re.I,
)

# What begins with a capital where a name could stand, and is none.
_CAPITALS = """
A About Above Accutane Advance Advil After Again All Allergic Also Although Always American
Amoxicillin An And Anonymous Any Anyone April Are As Asap Asian Aspirin At Attn August
Because Been Before Best Black Bless Both But Can Caucasian Chinese Christmas Class College
Concerned Confused Could Curious Dad Day Dear December Desperate Diabetic Did Do Doc Docs
Doctor Doctors Does Don Dr Easter Either Else English European Even Every Everybody Everyone
Expert Experts Faithfully February Feeling Female Folks For Forever French Friday Friend
Friends From Frustrated German Get Girl Go God Good Great Greetings Guy Guys Had Has Have
Having He Health Hello Help Her Here Hey Hi Him Hindu His Hispanic Hope Hopefully Hopeless
How However Hurting I If In Indian Irish Is It Italian January Japanese Jewish July June
Just Kind Kindly Lady Latino Let Looking Lost Love Ma Madam Male Man Many March May Maybe Me
Mexican Mom Monday More Mother Much Muslim My Name Native Need Negative Nervous
Never No Nobody None Not November Now Nurse October Of Ok Okay On One Only Or
Our Patient People Pharmacist Please Polish Positive Pregnant Prof Professor Question Reader
Ready Really Regards Response Russian Sad Saturday Scared September She Should Shy Sick
Since Sincerely Sir Sirs Sleepless So Some Someone Sorry Spanish Stage Still Suffering
Sunday Sure Taking Team Tell Thank Thanks That The Their Them Then There They This Those
Thursday Tired To Today Tomorrow Too Truly Tuesday Tylenol Type Unknown Unsure Until Update
Urgent Very Vitamin Was We Wednesday Well Were What When Where Which While White Who Why
Wife Will With Woman Wondering Worried Would Yes You Your Yours Zoloft
"""
_NO_NAMES = frozenset(_CAPITALS.split())


#: What was found, its rank, at which character, and its text.
_Match = tuple[IdentifierKind, PrivacyRank, int, str]


def finds(title: str, question: str, answer: str, *, public: bool = False) -> list[PrivacyFinding]:
    """All that is found in the texts of one question, best rank first, then by place.

    :param public: members of the public answer, so that answers tell of them as questions do
    """
    of_answer = chain(_names(answer), _greeted(answer)) if public else _greeted(answer)
    matches = {
        "title": (title, _identifiers(title, asker=True)),
        "question": (question, chain(_identifiers(question, asker=True), _names(question))),
        "answer": (answer, chain(_identifiers(answer, asker=public), of_answer)),
    }
    unique = {
        (kind, field, offset): PrivacyFinding(
            kind, rank, field, offset, match, snippet(text, offset, len(match))
        )
        for field, (text, in_text) in matches.items()
        for kind, rank, offset, match in in_text
    }
    return sorted(unique.values(), key=attrgetter("rank", "field", "offset"))


def snippet(text: str, offset: int, length: int) -> str:
    """What was found, with the words around it, in one line."""
    start, end = max(0, offset - _AROUND), min(len(text), offset + length + _AROUND)
    line = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{line}{'…' if end < len(text) else ''}"


def _identifiers(text: str, *, asker: bool) -> Iterator[_Match]:
    """Addresses and numbers; in answers they mostly are those of an institution."""
    yield from _mails(text, asker=asker)
    if not any(character.isdigit() for character in text):
        return
    rank = PrivacyRank.PERSON if asker else PrivacyRank.INSTITUTION
    yield from _phones(text, asker=asker)
    for match in _SSN.finditer(text):
        yield IdentifierKind.SSN, PrivacyRank.PERSON, match.start(), match[0]
    for pattern in (_STREET, _POSTAL):
        for match in pattern.finditer(text):
            yield IdentifierKind.ADDRESS, rank, match.start(), match[0]


def _mails(text: str, *, asker: bool) -> Iterator[_Match]:
    if "@" not in text and "at" not in text.lower():
        return
    for pattern in (_EMAIL, _SPELLED):
        for match in pattern.finditer(text):
            office = not asker or _OFFICE.match(match[0]) or _is_of_site(match[0])
            rank = PrivacyRank.INSTITUTION if office else PrivacyRank.PERSON
            yield IdentifierKind.EMAIL, rank, match.start(), match[0]


def _phones(text: str, *, asker: bool) -> Iterator[_Match]:
    # The matcher is slow, and most texts have no run of digits that could be a number.
    for run in _runs(text):
        part = text[run[0] : run[1]]
        for match in PhoneNumberMatcher(part, "US", leniency=Leniency.VALID):
            free = number_type(match.number) in (
                PhoneNumberType.TOLL_FREE,
                PhoneNumberType.PREMIUM_RATE,
                PhoneNumberType.SHARED_COST,
            )
            rank = PrivacyRank.INSTITUTION if free or not asker else PrivacyRank.PERSON
            if not _SSN.fullmatch(match.raw_string):
                offset = run[0] + match.start
                yield IdentifierKind.PHONE, rank, offset, match.raw_string


def _runs(text: str) -> list[tuple[int, int]]:
    """The parts of a text around what could be a number, each once."""
    runs: list[tuple[int, int]] = []
    for match in _DIGITS.finditer(text):
        start, end = max(0, match.start() - _BESIDE), match.end() + _BESIDE
        if runs and start <= runs[-1][1] and end - runs[-1][0] <= _LONGEST:
            runs[-1] = (runs[-1][0], end)
        else:
            runs.append((start, end))
    return runs


def _names(text: str) -> Iterator[_Match]:
    """Names in a question: in its greeting and signature, and where somebody is introduced."""
    person, perhaps = PrivacyRank.PERSON, PrivacyRank.PERHAPS
    yield from _named(IdentifierKind.SIGNATURE, person, (_CLOSING, _LAST_LINE, _DASHED), text)
    yield from _named(IdentifierKind.NAME, person, (_MY_NAME,), text)
    yield from _named(IdentifierKind.NAME, perhaps, (_RELATIVE, _I_AM, _CALLED), text)
    yield from _named(IdentifierKind.GREETING, perhaps, (_GREETING,), text)


def _greeted(text: str) -> Iterator[_Match]:
    """Whom an answer greets: the person who asked, often by name."""
    for match in _named(IdentifierKind.GREETING, PrivacyRank.PERSON, (_GREETING,), text):
        if not re.match(_HONOR, match[-1]):
            yield match


def _named(
    kind: IdentifierKind, rank: PrivacyRank, patterns: Iterable[re.Pattern[str]], text: str
) -> Iterator[_Match]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            if _is_name(match[1]):
                yield kind, rank, match.start(1), match[1]


def _is_name(words: str) -> bool:
    bare = re.sub(rf"^{_HONOR} ?", "", words)
    parts = re.findall(r"[A-Za-z]+", bare)
    return bool(parts) and not any(
        part.capitalize() in _NO_NAMES or part.casefold() in _site_names() for part in parts
    )


def _is_of_site(address: str) -> bool:
    """Whether an address is that of a declared site's own office."""
    return address.casefold().startswith(tuple(_site_names()))


def _site_names() -> frozenset[str]:
    """What the declared sites are called, in small letters, where that is one word."""
    names = (name for site in declared_sites() for name in (site.name, site.title))
    return frozenset(name.casefold() for name in names if name.isalnum())
