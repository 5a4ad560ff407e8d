"""Quotes as forums of many kinds write them."""

from __future__ import annotations

import pytest
from lxml import html

from parsers.page.outline import outline
from parsers.page.prose import prose
from parsers.threads.quotes import quotes_in, without_names

OWN, SAYS = "I do not think so.", "It will pass, she said to me."
FORMS = {
    "phpBB": "<blockquote><div><cite>jo wrote: <a href=x>↑</a></cite>{}</div></blockquote>",
    "phpBB 2": "<table class=quote><tr><td><b>jo wrote:</b></td></tr><tr><td>{}</td></tr></table>",
    "Discourse": "<aside class=quote><div class=title><div class=quote-controls></div> jo:</div>"
                 "<blockquote>{}</blockquote></aside>",
    "XenForo": "<blockquote class='bbCodeBlock bbCodeBlock--quote'><div class=bbCodeBlock-title>"
               "<a>jo said:</a></div><div class=bbCodeBlock-content>{}</div></blockquote>",
    "vBulletin": "<div class=bbcode_quote><div class=quote_container><div class=bbcode_postedby>"
                 "Originally Posted by <b>jo</b></div><div class=message>{}</div></div></div>",
    "SMF": "<div class=topslice_quote><a>Quote from: jo on May 2:</a></div>"
           "<blockquote>{}</blockquote>",
    "IPS": "<blockquote class=ipsQuote><div class=ipsQuote_citation>2 hours ago, jo said:</div>"
           "<div class=ipsQuote_contents>{}</div></blockquote>",
    "FluxBB": "<div class=quotebox><cite>jo hat geschrieben:</cite><blockquote>{}</blockquote>"
              "</div>",
    "Vanilla": "<blockquote class=Quote><div class=QuoteAuthor><a>jo</a> a écrit :</div>"
               "<div class=QuoteText>{}</div></blockquote>",
    "by mail": "<p>On Monday jo@clinic.example wrote:</p><blockquote>{}</blockquote>",
    "nameless": "<blockquote>{}</blockquote>",
}  # fmt: skip


def text_of(markup: str) -> str:
    page = outline(html.document_fromstring(f"<html><body><div>{markup}</div></body></html>"))
    number = page.tags.index("div")
    quotes = quotes_in(page, number)
    node = page.elements[number]
    return prose([node], left_out=quotes.named, quotes=quotes.marked, plain=quotes.same)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_quote_has_its_words_and_nobodys_name(form: str) -> None:
    assert text_of(form.format(SAYS) + f"<p>{OWN}</p>") == f"> {SAYS}\n\n{OWN}"


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_quote_within_a_quote(form: str) -> None:
    inner = form.format("<p>First.</p>") + f"<p>{SAYS}</p>"
    assert text_of(form.format(inner) + f"<p>{OWN}</p>") == f"> > First.\n>\n> {SAYS}\n\n{OWN}"


def test_what_stands_before_a_quote_is_the_posts_own() -> None:
    before = "<p>My sister told me about this, and then I read it here.</p>"
    assert text_of(before + f"<blockquote>{SAYS}</blockquote>") == (
        f"My sister told me about this, and then I read it here.\n\n> {SAYS}"
    )


def test_a_quote_that_is_a_short_line_keeps_it() -> None:
    assert text_of("<blockquote><p>He said no:</p></blockquote>") == "> He said no:"


@pytest.mark.parametrize(("text", "expected"), [
    ("jo wrote:\n> It will pass.\n\nNo.", "> It will pass.\n\nNo."),
    ("Yes.\n\njo wrote:\n\n> It will pass.\n\nNo.", "Yes.\n\n> It will pass.\n\nNo."),
    ("> jo wrote: ↑\n> It will pass.", "> It will pass."),
    ("> jo schrieb:\n>\n> Geht vorbei.\n\nNein.", "> Geht vorbei.\n\nNein."),
    ("> > jo wrote:\n> > First.\n>\n> Second.", "> > First.\n>\n> Second."),
    ("Originally Posted by jo View Post\n\n> It will pass.", "> It will pass."),
    ("She wrote:\n\nIt will pass.", "She wrote:\n\nIt will pass."),
    ("> > Originally Posted by jo View Post\n>\n> It will pass.", "> It will pass."),
    ('[quote="jo"]It will pass.[/quote] No.', "[quote]It will pass.[/quote] No."),
    ("> He said no:", "> He said no:"),
    ("> One.\n> She wrote:\n> Two.", "> One.\n> She wrote:\n> Two."),
])  # fmt: skip
def test_lines_of_text_that_name_who_is_quoted(text: str, expected: str) -> None:
    assert without_names(text) == expected
