"""Pages whose parts have labels: "Question" and "Answer", "Q:" and "A:", letters, FAQs.

What is read of one question, as a reader sees it (each landmark may be text, an image, or
missing; the words are those of the page's language and of its site's declaration)::

    Spotting after exercise                              the title: a heading, or <title>
    Question
    I am ...                                             paragraphs and lists
    Answer
    It is ...
    For more information:
    Go to the Pregnancy health topic, where you can:     the topic, and a list of links
    Response by:
    Jane Q Roe, MD                                       people, with or without a photo
    Professor of Obstetrics and Gynecology
    College of Medicine
    University of Cincinnati

Pages with several questions are :mod:`parsers.qa.several`, letters :mod:`parsers.qa.letters`.
"""

from __future__ import annotations

from collections.abc import Iterator

from parsers.page.lines import Document
from parsers.page.opened import OpenPage
from parsers.qa.labels import is_gone
from parsers.qa.layout import Page
from parsers.qa.lead import read_lead
from parsers.qa.letters import read_letters
from parsers.qa.several import read_faq, read_pairs
from parsers.readers.candidate import Candidate
from parsers.readers.labelled_one import read_one
from parsers.readers.labelled_post import BlogPost, post_byline, post_of, text_lines, with_comments
from parsers.readers.labelled_several import several_candidates
from parsers.records import ParseError
from parsers.sites.site import EXPERTS, Site
from parsers.words.vocabulary import Vocabulary, is_known, vocabulary

NAME = "labelled"
PARSER = f"{NAME}@1"

_TITLE_LIMIT = 200  # characters


def read_labelled(page: OpenPage, site: Site) -> tuple[Candidate, ...]:
    """Read a page whose parts have labels; empty for any other.

    A site that declares this reader has question pages at its addresses, labels or not. On
    other pages only labels on both question and answer count.

    :raises ParseError: naming the field of a question page of such a site that cannot be read
    """
    post = None if site.reader == NAME else page.once(post_of)
    candidates = _read(page, site, post) if post else ()
    if post and candidates:
        return with_comments(candidates, page, site, post)
    return _read(page, site, None)


def _read(page: OpenPage, site: Site, post: BlogPost | None) -> tuple[Candidate, ...]:
    title = _title(page.document, site)
    for words in _vocabularies(page, site):
        lines = text_lines(page, post, words) if post else page.document.lines
        layout = Page(lines, words, title)
        candidates = _several(page, layout, site, post) or _one(page, layout, site, post)
        if not candidates and post is not None:
            candidates = _column(page, layout, site, post)
        if candidates:
            return candidates
    return ()


def _title(document: Document, site: Site) -> str:
    """What ``<title>`` says, or said: a text rendering's first line in which the site's name is."""
    first = document.lines[0].text if document.plain and document.lines else ""
    is_title = site.title.casefold() in first.casefold() and len(first) < _TITLE_LIMIT
    return first if is_title and site.title else document.title


def _vocabularies(page: OpenPage, site: Site) -> Iterator[Vocabulary]:
    """The words of the site's language, or of the page's; failing that, of all languages.

    What a blog says of its language is often that of its software.
    """
    language = site.language or page.language
    yield vocabulary(language, site.labels)
    if site.reader != NAME and is_known(language):
        yield vocabulary("", site.labels)


def _several(
    page: OpenPage, layout: Page, site: Site, post: BlogPost | None
) -> tuple[Candidate, ...]:
    asked = read_pairs(layout)
    if len(asked) == 1 and site.reader == NAME:
        asked = []  # several answers to one question are one there, of several people
    if not asked and not all(layout.labels):
        asked = read_letters(layout)
        if len(asked) < 2 and not any(layout.labels) and not layout.people:
            is_plain, is_sure = page.document.plain, site.reader == NAME
            asked = read_faq(layout, plain=is_plain, only_announced=is_sure) or asked
    return tuple(several_candidates(page, layout, asked, site, PARSER, post)) if asked else ()


def _one(page: OpenPage, layout: Page, site: Site, post: BlogPost | None) -> tuple[Candidate, ...]:
    if site.reader == NAME:
        if any(layout.labels) or layout.people or layout.notice is not None:
            return (read_one(page, layout, site, PARSER, declared=True),)
        return ()
    if not layout.has_both:
        return ()
    try:
        return (read_one(page, layout, site, PARSER, declared=False, post=post),)
    except ParseError:  # this page may be of any kind
        return ()


def _column(page: OpenPage, layout: Page, site: Site, post: BlogPost) -> tuple[Candidate, ...]:
    """A post by an expert of a column, in which the question stands out without a label."""
    if not (layout.is_column or site.answers == EXPERTS):
        return ()
    asked = read_lead(layout, post.start)
    if not asked or not post_byline(page, layout, post, site).responders:
        return ()
    return tuple(several_candidates(page, layout, asked, site, PARSER, post))


def is_gone_page(page: OpenPage, site: Site) -> bool:
    """Whether a page without a question says that it is no longer there."""
    words = vocabulary(site.language or page.language, site.labels)
    return any(is_gone(line.text, words) for line in page.document.lines)
