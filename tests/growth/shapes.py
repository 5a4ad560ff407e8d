# ruff: noqa: E501 (a table)
"""Pages that are one thing many times over: nested, repeated, or one of its parts grown long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

QA = "<p>Question: why is it?</p><p>Answer: so it is.</p>"
PLAIN = "text/plain; charset=utf-8"


class Shape(NamedTuple):
    """A page that grows: ``unit`` repeated between ``head`` and ``tail``, and ``close`` as often
    behind it. ``kind`` is its content type."""

    unit: str
    head: str = ""
    tail: str = ""
    close: str = ""
    kind: str = "text/html; charset=utf-8"

    def page(self, size: int) -> bytes:
        """A page of about that many bytes."""
        count = max(1, size // len((self.unit + self.close).encode()))
        numbered = "{}" in self.unit
        each = (self.unit.replace("{}", str(number)) for number in range(count))
        units = "".join(each) if numbered else self.unit * count
        text = self.head + units + self.close * count + self.tail
        whole = text if "plain" in self.kind else f"<html><body>{text}</body></html>"
        return whole.encode()


def _nestings() -> Iterator[tuple[str, Shape]]:
    """Elements within each other without end, of every kind that holds others."""
    containers = (
        "div section article aside main nav header footer form fieldset figure details dialog "
        "blockquote q pre ul ol dl menu table span font b i u em strong small big sub sup code "
        "tt a p h1 h3 label button select optgroup object applet iframe noscript noframes "
        "template center address marquee ruby svg math video audio canvas map ins del cite"
    )
    for name in containers.split():
        yield f"nested {name}", Shape(f"<{name}>", QA, "x")
    pairs = {
        "table tr td": "<table><tr><td>", "table tbody tr th": "<table><tbody><tr><th>",
        "ul li": "<ul><li>", "ul li text": "<ul><li>word", "dl dd": "<dl><dt>x<dd>",
        "blockquote p": "<blockquote><p>x", "div p": "<div><p>word word", "a table b": "<a><table><b>",
        "b p": "<b><p>x", "font p": "<font><p>x", "b i": "<b><i>", "select option": "<select><option>",
        "details": "<details><summary>x</summary>", "div class": '<div class="post" id="p{}">',
        "div link": '<div><a href="/t/{}">x</a>', "center table": "<center><table><td>x",
        "quote": '<blockquote class="quote"><cite>Ann said:</cite>', "post": '<div class="post">'
        "<b>Ann</b> 1 Jan 2004 <p>text of it all</p>", "heading": "<div><h2>Why?</h2>",
        "p in span": "<span><p>Q: why?", "object": "<object><param name=x>", "li h": "<li><h3>x",
    }  # fmt: skip
    for name, unit in pairs.items():
        yield f"nested {name}", Shape(unit, QA, "x")
    yield "closed div", Shape("<div>", QA, close="</div>")
    yield "closed table", Shape("<table><tr><td>", QA, close="</td></tr></table>")
    yield "closed blockquote", Shape("<blockquote>x", QA, close="</blockquote>")
    yield "closed span", Shape("<span>x", QA, close="</span>")


_REPEATED = {
    # Misnested, unclosed, and closed without having been opened
    "formatting over p": "<b><p>x</b></p>", "a over div": "<a href=/x><div>x</a></div>",
    "i over b": "<b><i>x</b></i>", "closers": "</div>", "closers p": "</p>", "closers b": "</b>x",
    "p": "<p>word word", "li": "<li>word", "td": "<td>word", "tr": "<tr>", "option": "<option>x",
    "dt dd": "<dt>Why is it?<dd>So it is.", "br": "word<br>", "hr": "word<hr>", "wbr": "a<wbr>",
    # Characters of markup
    "<": "<", "&": "&", "</": "</", "<!": "<!", "<!--": "<!-- ", "<![CDATA[": "<![CDATA[", "<?": "<?",
    "entity": "&amp;", "entity long": "&" + "a" * 40 + ";", "entity number": "&#8217;",
    "comment": "<!-- x -->", "comment one": "<!--x--!>", "script": "<script>x</script>",
    "style": "<style>x</style>", "unclosed script": "<script>", "quote mark": '"', "nul": "x\0",
    "cdata": "<![CDATA[x]]>", "textarea": "<textarea>", "title": "<title>x</title>",
    "titles open": "<title>", "plaintext": "<xmp>x</xmp>", "noscript": "<noscript><p>x</noscript>",
    # Text
    "short nodes": "<b>a</b> ", "words": "word ", "sentences": "It is so. ", "letters": "A.B.",
    "lines": "line\n", "blanks": " ", "no-break": "\u00a0", "wide": "\u4e2d\u6587", "marks": "e\u0301\u0302",
    "dashes": "- ", "asterisks": "* ", "stars": "*", "dots": ". ", "commas": ", ", "colons": ": ",
    "parentheses": "(x) ", "open parentheses": "(", "brackets": "[x] ", "quotes curly": "\u201cx\u201d ",
    "capitals": "Word ", "numbers": "12 ", "tabs": "\t", "zero width": "\u200b", "bidi": "\u202e",
    "shouting": "WORD ", "rtl": "\u05d0\u05d1 ", "emoji": "\U0001f600", "underscores": "_", "equals": "=",
    # Labels and people
    "q a": "<p>Q: why?</p><p>A: so.</p>", "question answer": QA, "q": "<p>Q: why?</p>",
    "a label": "<p>A: so.</p>", "q a line": "Q: why? A: so. ", "q a br": "Q: why?<br>A: so.<br>",
    "dear": "<p>Dear Dr. Moore,</p><p>x</p>", "dear line": "Dear Dr Moore, ", "dear dr": "Dear Dr ",
    "response by": "<p>Response by: Ada Moore, MD</p>", "response line": "Response by: Ada Moore, MD ",
    "answered by": "Answered by: ", "credentials": "Ada Moore, MD, PhD, RN ", "md": ", MD",
    "initials": "A. B. ", "doctor": "Dr. Ada Moore ", "professor": "Professor of Medicine, ",
    "for more": "<p>For more information:</p>", "go to": "<p>Go to the X health topic</p>",
    "regards": "<p>Regards,</p><p>Ada Moore, MD</p>", "asked by": "<p>Asked by: Ann, Ohio</p>",
    "posted by": "<p>Posted by Ann on 1 Jan 2004</p>", "german": "<p>Frage: warum?</p><p>Antwort: so.</p>",
    "spanish": "<p>Pregunta: \u00bfqu\u00e9?</p><p>Respuesta: as\u00ed.</p>", "signature": "--<br>Ann<br>",
    "bold label": "<b>Question</b><br>why?<br><b>Answer</b><br>so.<br>", "h label": "<h2>Question</h2>",
    "labels in cells": "<tr><td>Question</td><td>why?</td></tr>", "alt": "<img alt='Question'>",
    "anchor": '<a name="q{}"></a><a href="#q{}">Why?</a>', "toc": '<a href="#q1">Why?</a><br>',
    "faq": '<h3 id="q{}">Why is it {}?</h3><p>So it is.</p>', "faq dl": "<dl><dt>Why?<dd>So.</dl>",
    "faq details": "<details><summary>Why?</summary>So.</details>", "faq b": "<p><b>Why is it?</b></p><p>So.",
    # Days
    "dates": "12/12/2004 ", "dates long": "December 12, 2004 ", "months": "January ", "iso": "2004-12-12T10:00 ",
    "ago": "2 days ago ", "german dates": "12. Dezember 2004 ", "weekdays": "Monday, ", "times": "10:00 pm ",
    "digits": "1", "date lines": "<p>Posted: 12 Jan 2004</p>", "reviewed": "Reviewed: Jan 2004 ",
    "time": '<time datetime="2004-12-12">x</time>', "slashes": "1/", "years": "2004 ", "relative": "yesterday ",
    # Addresses
    "e-mail": "ann@clinic.example ", "at": "a@", "at dots": "a.b@", "url": "http://x.example/a ",
    "https": "https://", "www": "www.", "percent": "%41", "slash": "/",
    # Quotations
    "wrote": "<p>Ann wrote:</p>", "wrote line": "Ann wrote: ", "on wrote": "On 1 Jan 2004, Ann wrote:\n",
    "gt": "&gt; ", "gt lines": "&gt; x<br>", "original": "-----Original Message-----<br>",
    "said": "<blockquote><b>Ann said:</b> x</blockquote>", "bbcode": "[quote=Ann]x[/quote] ", "bb": "[quote]",
    # Lists, tables, links, pictures, headings
    "links": '<a href="/t/{}">x</a> ', "same link": '<a href="/t/1">x</a> ', "link list": "<li><a href=/x>word</a>",
    "open links": '<a href="/t/1">x ', "cells": "<tr><td>word<td>word", "th": "<tr><th>Why<td>So",
    "tables": "<table><tr><td>x</table>", "lists": "<ul><li>x</ul>", "headings": "<h3>Why is it?</h3><p>So.</p>",
    "headings alone": "<h2>Why</h2>", "img": '<img src="x" srcset="a 1x, b 2x" alt="word">', "iframe": "<iframe src=/x></iframe>",
    "inputs": "<input value=x>", "breadcrumbs": '<nav><a href="/">Home</a> &gt; <a href="/x">X</a></nav>',
    "crumbs": '<a href="/x">X</a> &gt; ', "paging": '<a href="?page={}">{}</a> ', "area": "<area href=/x>",
    "srcdoc": '<iframe srcdoc="&lt;a href=/x>x&lt;/a>"></iframe>', "next": '<a rel="next" href="/x">Next</a>',
    # Posts
    "posts": '<div class="post"><b>Ann</b> 1 Jan 2004 <p>text of it all</p></div>',
    "posts many": '<div class="post" id="p{}"><b>Ann{}</b> 1 Jan 2004 <p>text {} of it</p></div>',
    "post tables": '<table class="post"><tr><td>Ann<td>1 Jan 2004<br>text of it</table>',
    "post rows": '<tr class="post"><td>Ann<td>1 Jan 2004<td>text of it all',
    "post items": '<li class="comment"><cite>Ann</cite> <time>2004-01-01</time><p>text</li>',
    "post lines": "<b>Ann</b><br>1 Jan 2004<br>text of it<hr>", "articles": "<article><h2>x</h2><p>text",
    "post classes": '<div class="post c{}"><b>Ann</b> 1 Jan 2004 <p>text</p></div>', "classes": '<p class="c{}">x',
    "comments": '<div class="comment"><a href="/u/1">Ann</a> says: <p>text</p></div>', "ids": '<p id="i{}">x',
    "joined": "<div class=post>Ann Joined: Jan 2004 Posts: 12 Location: Ohio<p>text</div>", "likes": "5 likes ",
    # Heads
    "base": "<base href=x>", "meta": "<meta name=robots content=noindex>", "meta charset": "<meta charset=utf-8>",
    "canonical": "<link rel=canonical href=/x>", "og": '<meta property="og:title" content="x">', "frames": "<frame src=x>",
    "doctype": "<!DOCTYPE html>", "html": "<html>", "body": "<body>", "head": "<head>", "lang": "<p lang=de>x",
    # Markup for search engines
    "json-ld": '<script type="application/ld+json">{"@type":"Question","name":"x{}"}</script>',
    "json-ld same": '<script type="application/ld+json">{"@type":"QAPage"}</script>',
    "json-ld wrong": '<script type="application/ld+json">{"@type":</script>',
    "micro questions": '<div itemscope itemtype="http://schema.org/Question"><b itemprop="name">x</b></div>',
    "micro answers": '<div itemprop="suggestedAnswer" itemscope itemtype="http://schema.org/Answer">'
    '<p itemprop="text">So.</p></div>', "itemprop": "<b itemprop=name>x</b>", "itemref": '<p itemref="a b{}" itemscope>',
    "rdfa": '<div typeof="schema:Question"><b property="schema:name">x</b></div>', "prefix": '<p prefix="a{}: http://x/">x',
    "comment item": '<div itemscope itemtype="http://schema.org/Comment"><p itemprop="text">x</div>',
}  # fmt: skip

_GROWN = {
    "long word": Shape("a", f"{QA}<p>", "</p>"),
    "attributes": Shape("a{}=b ", f"{QA}<div ", ">x</div>"),
    "same attribute": Shape("a=b ", f"{QA}<div ", ">x</div>"),
    "class words": Shape("post ", f'{QA}<div class="', '">x</div>'),
    "classes of one": Shape("c{} ", f'{QA}<div class="', '">x</div>'),
    "style value": Shape("a:b;", f'{QA}<p style="', '">x</p>'),
    "href": Shape("a/", f'{QA}<a href="/', '">x</a>'),
    "href dots": Shape("../", f'{QA}<a href="/', 'x">x</a>'),
    "href query": Shape("a=b&", f'{QA}<a href="?', '">x</a>'),
    "srcset": Shape("a 1x, ", f'{QA}<img srcset="', '">'),
    "alt text": Shape("word ", f'{QA}<img alt="', '">'),
    "title text": Shape("word ", "<title>", f"</title>{QA}"),
    "title colons": Shape("x - ", "<title>", f"</title>{QA}"),
    "heading text": Shape("Why? ", "<h1>", f"</h1>{QA}"),
    "heading parts": Shape("<i>x</i> ", "<h1>", f"</h1>{QA}"),
    "question text": Shape("x ", "<p>Question:</p><p>", "</p><p>Answer:</p><p>y</p>"),
    "answer blanks": Shape(" ", f"{QA}<p>Answer:", "x</p>"),
    "answer paragraphs": Shape("<p>word</p>", "<p>Question: why?</p><p>Answer: so.</p>"),
    "answer lines": Shape("word<br>", "<p>Question: why?</p><p>Answer: so.</p>"),
    "responder initials": Shape("A. B. ", f"{QA}<p>Response by:</p><p>", "</p>"),
    "responder degrees": Shape(", MD", f"{QA}<p>Response by: Ada Moore", "</p>"),
    "responder names": Shape("Ada Moore ", f"{QA}<p>Response by: ", "</p>"),
    "responder lines": Shape("Ada Moore, MD<br>", f"{QA}<p>Response by:</p><p>", "</p>"),
    "responder commas": Shape(", ", f"{QA}<p>Answered by: ", "x</p>"),
    "responder and": Shape("Ada Moore and ", f"{QA}<p>Response by: ", "x</p>"),
    "responder titles": Shape("Professor of Medicine<br>", f"{QA}<p>Response by:</p><p>Ada<br>", "</p>"),
    "asker words": Shape("Ann ", "<p>Asked by: ", f"</p>{QA}"),
    "date words": Shape("1 ", "<p>Posted on ", f"</p>{QA}"),
    "date months": Shape("Jan ", "<p>Posted on ", f"</p>{QA}"),
    "letter": Shape("<p>word word</p>", "<p>Dear Dr. Moore,</p>", "<p>Yours, Ann</p><p>Dear Ann, so.</p>"),
    "pre": Shape("> ", f"{QA}<pre>", "x</pre>"),
    "pre lines": Shape("> x\n", f"{QA}<pre>", "</pre>"),
    "pre blanks": Shape(" \n", f"{QA}<pre>", "x</pre>"),
    "one comment": Shape("-- ", f"{QA}<!--", "-->"),
    "one script": Shape("<a>'", f"{QA}<script>", "</script>"),
    "late charset": Shape("<!-- x -->", "", "<meta charset=koi8-r><p>\u043f"),
    "xml head": Shape(" ", "<?xml version='1.0'", f"?>{QA}"),
    "json-ld brackets": Shape("[", '<script type="application/ld+json">', "</script>", close="]"),
    "json-ld nested": Shape(
        '{"@type":"Question","suggestedAnswer":[',
        '<script type="application/ld+json">{"@type":"QAPage","mainEntity":', "}</script>",
        close="]}",
    ),
    "json-ld objects": Shape('{"a":', '<script type="application/ld+json">', "1</script>", close="}"),
    "json-ld answers": Shape(
        '{"@type":"Answer","text":"so {}"},',
        '<script type="application/ld+json">{"@type":"QAPage","mainEntity":{"@type":"Question",'
        '"name":"Why?","text":"Why is it?","suggestedAnswer":[', '{"@type":"Answer","text":"x"}]}}'
        "</script><p>Why is it?</p><p>so 1</p>",
    ),
    "json-ld questions": Shape(
        '{"@type":"Question","name":"Why {}?","acceptedAnswer":{"@type":"Answer","text":"so {}"}},',
        '<script type="application/ld+json">{"@type":"FAQPage","mainEntity":[', "{}]}</script><p>Why 1?",
    ),
    "json-ld same keys": Shape(
        '"name":"x",', '<script type="application/ld+json">{"@type":"Question",',
        '"text":"why"}</script><p>x</p>',
    ),
    "json-ld text": Shape(
        "&lt;p>x ", '<script type="application/ld+json">{"@type":"QAPage","mainEntity":{"@type":'
        '"Question","name":"Why?","acceptedAnswer":{"@type":"Answer","text":"', '"}}}</script><p>x',
    ),
    "json-ld escapes": Shape(
        "\\n", '<script type="application/ld+json">{"@type":"Question","name":"', '"}</script><p>x',
    ),
    "json-ld cut": Shape('{"@type":"Question","name":"x",', '<script type="application/ld+json">'),
    "json-ld commas": Shape(",", '<script type="application/ld+json">[', "]</script>"),
    "json-ld comments": Shape("// x\n", '<script type="application/ld+json">', "{}</script>"),
    "json-ld graph": Shape(
        '{"@id":"#{}","@type":"Answer","text":"x"},',
        '<script type="application/ld+json">{"@graph":[', "{}]}</script>",
    ),
    "nested itemscope": Shape('<div itemscope itemtype="http://schema.org/Question">', "", "x"),
    "nested itemprop": Shape(
        '<div itemprop="suggestedAnswer" itemscope itemtype="http://schema.org/Answer">',
        '<div itemscope itemtype="http://schema.org/Question">', "x",
    ),
    "nested texts": Shape('<div itemprop="text">x', '<div itemscope itemtype="http://schema.org/Question">'),
    "nested typeof": Shape('<div typeof="schema:Question" property="schema:mainEntity">', "", "x"),
    "nested comments": Shape(
        '<div itemprop="comment" itemscope itemtype="http://schema.org/Comment"><p itemprop="text">x</p>',
        '<div itemscope itemtype="http://schema.org/DiscussionForumPosting">',
    ),
    "answers of an item": Shape(
        '<div itemprop="suggestedAnswer" itemscope itemtype="http://schema.org/Answer">'
        '<p itemprop="text">So {}.</p></div>',
        '<div itemscope itemtype="http://schema.org/QAPage"><div itemprop="mainEntity" itemscope '
        'itemtype="http://schema.org/Question"><h1 itemprop="name">Why?</h1>', "</div></div>",
    ),
    "shared itemref": Shape('<p itemscope itemref="a">x', "<p id=a itemprop=name>x"),
    "itemref chain": Shape('<p id="a{}" itemscope itemprop=x itemref="a{}">x'),
}  # fmt: skip

_PLAIN = {
    "words": "word ", "lines": "line\n", "paragraphs": "A paragraph.\n\n", "blank lines": "\n",
    "blanks": " ", "labels": "Question:\nwhy?\nAnswer:\nso.\n", "q a": "Q: why?\nA: so.\n",
    "quotes": "> x\n", "nested quotes": "> ", "degrees": ", MD", "bullets": "* x\n",
    "responders": "Response by:\n\nAda Moore, MD\n\n", "dates": "12 Jan 2004\n", "initials": "A. B. ",
    "rules": "-----\n", "returns": "x\r", "dear": "Dear Dr. Moore,\nx\n", "tags": "<p>x", "nul": "\0x",
    "letter": "a", "go to": "Go to the X health topic, where you can:\n", "wrote": "Ann wrote:\n",
}  # fmt: skip


def shapes() -> dict[str, Shape]:
    """All of them, by name."""
    repeated = {name: Shape(unit, QA) for name, unit in _REPEATED.items()}
    plain = {
        f"text: {name}": Shape(unit, "Question:\n\nWhy?\n\nAnswer:\n\nSo.\n\n", kind=PLAIN)
        for name, unit in _PLAIN.items()
    }
    return dict(_nestings()) | repeated | _GROWN | plain
