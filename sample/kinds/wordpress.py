"""The markup of WordPress 5 with a theme of the "twenty..." kind, by our own hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sample.blocks import Para
from sample.library import Person, Topic, topics
from sample.markup import attribute, escape

from .hand import HTML, paragraphs
from .text import PostBlock, shown

TITLE = "Lakeside Family Magazine"


@dataclass(frozen=True, slots=True)
class Story:
    """A post of the column."""

    number: int
    slug: str
    title: str
    topic: Topic
    author: Person
    published: datetime
    question: tuple[PostBlock, ...]
    answer: tuple[PostBlock, ...]
    way: str

    @property
    def identifier(self) -> int:
        """What WordPress calls the post."""
        return 2040 + 7 * self.number

    @property
    def author_path(self) -> str:
        """The page of all posts of its author."""
        return f"/author/{self.author.key}/"


def single(
    base: str,
    room: str,
    post: Story,
    around: tuple[Story | None, Story | None],
    related: Sequence[Story],
    latest: Sequence[Story],
) -> str:
    """The page of one post."""
    before, after = around
    older = f'<div class="nav-previous">{_nav(room, before, "Previous")}</div>' if before else ""
    newer = f'<div class="nav-next">{_nav(room, after, "Next")}</div>' if after else ""
    more = "".join(
        f'<li><a href="{room}{each.slug}/" rel="bookmark">{escape(each.title)}</a>'
        f' <span class="related-date">{_day(each.published)}</span></li>\n'
        for each in related
    )
    content = f"""<article id="post-{post.identifier}" class="post-{post.identifier} \
post type-post status-publish format-standard hentry category-{post.topic.slug}">
<header class="entry-header">
<h1 class="entry-title">{escape(post.title)}</h1>
<div class="entry-meta">{_posted(room, post)}</div>
</header>
<div class="entry-content">
{_body(post)}
<div class="sharedaddy sd-sharing-enabled"><h3 class="sd-title">Share this:</h3>
<ul><li class="share-email"><a rel="nofollow" href="{room}{post.slug}/?share=email">Email</a></li>
<li class="share-print"><a rel="nofollow" href="{room}{post.slug}/?share=print">Print</a></li></ul>
</div>
</div>
<footer class="entry-footer"><span class="cat-links">Posted in {_category(post.topic)}</span>
</footer>
{_author_box(post)}
</article>
<div id="related-posts" class="related-posts"><h3>You may also like</h3>
<ul>
{more}</ul></div>
<nav class="navigation post-navigation" aria-label="Posts">
<h2 class="screen-reader-text">Post navigation</h2>
<div class="nav-links">{older}{newer}</div></nav>
<div id="comments" class="comments-area"><p class="no-comments">Comments are closed.</p></div>"""
    return page(base, room, f"{post.title} - {TITLE}", f"{room}{post.slug}/", content, latest)


def _nav(room: str, post: Story, label: str) -> str:
    return (
        f'<a href="{room}{post.slug}/" rel="{label[:4].lower()}"><span class="meta-nav">'
        f'{label}</span> <span class="post-title">{escape(post.title)}</span></a>'
    )


def _posted(room: str, post: Story) -> str:
    stamp = f"{post.published:%Y-%m-%dT%H:%M:%S}+00:00"
    return (
        f'<span class="posted-on">Posted on <a href="{room}{post.slug}/" rel="bookmark">'
        f'<time class="entry-date published updated" datetime="{stamp}">{_day(post.published)}'
        '</time></a></span> <span class="byline">by <span class="author vcard">'
        f'<a class="url fn n" href="{post.author_path}">{escape(post.author.signature)}</a>'
        "</span></span>"
    )


def _day(moment: datetime) -> str:
    return f"{moment:%B} {moment.day}, {moment.year}"


def _body(post: Story) -> str:
    """Question and answer, as the editors of the column have marked them over the years."""
    signed = f'<p class="signed"><em>&#8212; {escape(post.author.signature)}</em></p>'
    if post.way == "labels":
        ask = paragraphs(post.question, "<strong>Question:</strong> ")
        return f"{ask}\n{paragraphs(post.answer, '<strong>Answer:</strong> ')}"
    if post.way == "headings":
        return (
            f'<h2 class="wp-block-heading">Question</h2>\n{paragraphs(post.question)}\n'
            f'<h2 class="wp-block-heading">Answer</h2>\n{paragraphs(post.answer)}\n{signed}'
        )
    if post.way == "letters":  # who greets and who signs is part of the letters
        return f"{paragraphs(post.question)}\n{paragraphs(post.answer)}\n{signed}"
    return f"{paragraphs(post.question, '<b>Q:</b> ')}\n{paragraphs(post.answer, '<b>A:</b> ')}"


def _author_box(post: Story) -> str:
    who = post.author
    about = ", ".join(line for line in (who.title, who.college, who.institution) if line)
    return f"""<div class="author-box"><img alt="" src="/wp-content/uploads/{who.key}-96x96.jpg" \
class="avatar avatar-96 photo" height="96" width="96">
<h4 class="author-title">About {escape(who.signature)}</h4>
<p class="author-bio">{escape(about)}. <a class="author-link" href="{post.author_path}" \
rel="author">View all posts by {escape(who.name)}</a></p></div>"""


def _category(topic: Topic) -> str:
    return f'<a href="/category/{topic.slug}/" rel="category tag">{escape(topic.name)}</a>'


def archive(
    base: str,
    room: str,
    path: str,
    title: str,
    posts: Sequence[Story],
    place: tuple[int, int],
    latest: Sequence[Story],
) -> str:
    """A list of posts with their beginnings: of the column or of a category."""
    at, count = place
    numbers = "\n".join(
        f'<span aria-current="page" class="page-numbers current">{each}</span>'
        if each == at
        else f'<a class="page-numbers" href="{_list_path(path, each)}">{each}</a>'
        for each in range(1, count + 1)
    )
    older = _list_path(path, at + 1)
    following = f'\n<a class="next page-numbers" href="{older}">Next</a>' if at < count else ""
    content = f"""<header class="page-header"><h1 class="page-title">{escape(title)}</h1></header>
{"".join(_excerpt(room, post) for post in posts)}
<nav class="navigation pagination" aria-label="Posts"><div class="nav-links">
{numbers}{following}</div></nav>"""
    return page(base, room, f"{title} - {TITLE}", _list_path(path, at), content, latest)


def _list_path(path: str, number: int) -> str:
    return path if number == 1 else f"{path}page/{number}/"


def _excerpt(room: str, post: Story) -> str:
    first = next(block for block in post.question if isinstance(block, Para))
    words = shown((first,)).split()
    text = " ".join(words[:30]) + (" […]" if len(words) > 30 else "")
    return f"""<article id="post-{post.identifier}" class="post type-post hentry">
<header class="entry-header"><h2 class="entry-title"><a href="{room}{post.slug}/" \
rel="bookmark">{escape(post.title)}</a></h2>
<div class="entry-meta">{_posted(room, post)}</div></header>
<div class="entry-summary"><p>{escape(text)}</p>
<p><a class="more-link" href="{room}{post.slug}/">Continue reading</a></p></div></article>
"""


def front(base: str, room: str, latest: Sequence[Story]) -> str:
    """The front page of the magazine."""
    names = "".join(f"<li>{_category(topic)}: {escape(topic.about)}</li>\n" for topic in topics())
    content = f"""<h1 class="page-title">{TITLE}</h1>
<p>Recipes, weekends, and a doctor who answers your letters.</p>
<p><a href="{room}">Ask the Doctor</a></p><ul>
{names}</ul>"""
    return page(base, room, TITLE, "/", content, latest[:5])


def about(base: str, room: str, latest: Sequence[Story]) -> str:
    """A page that is no post."""
    content = f"""<article class="page hentry"><header class="entry-header">
<h1 class="entry-title">About</h1></header><div class="entry-content">
<p>{TITLE} is made by a few people who like where they live.</p>
<p>Questions for our doctors come by post. One is answered in each issue.</p></div></article>"""
    return page(base, room, f"About - {TITLE}", "/about/", content, latest[:5])


def page(base: str, room: str, title: str, path: str, content: str, latest: Sequence[Story]) -> str:
    """The furniture around any page: header, sidebar with its widgets, footer."""
    recent = "\n".join(
        f'<li><a href="{room}{each.slug}/">{escape(each.title)}</a></li>' for each in latest
    )
    rooms = "\n".join(f'<li class="cat-item">{_category(topic)}</li>' for topic in topics())
    return f"""<!DOCTYPE html>
<html lang="en-US">
<head>
<meta charset="UTF-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<link rel="canonical" href="{attribute(base + path)}">
<link rel="alternate" type="application/rss+xml" title="{TITLE} &raquo; Feed" href="{base}/feed/">
<meta name="generator" content="WordPress 5.8.2">
<link rel="stylesheet" id="theme-style-css" href="/wp-content/themes/lakeside/style.css">
</head>
<body class="single single-post wp-embed-responsive">
<div id="page" class="site">
<a class="skip-link screen-reader-text" href="#content">Skip to content</a>
<header id="masthead" class="site-header"><p class="site-title"><a href="/" rel="home">{TITLE}</a>\
</p><p class="site-description">For families by the lake</p>
<nav id="site-navigation" class="main-navigation"><ul id="menu" class="menu">
<li><a href="/">Home</a></li><li><a href="{room}">Ask the Doctor</a></li>
<li><a href="/about/">About</a></li></ul></nav></header>
<div id="content" class="site-content"><main id="main" class="site-main">
{content}
</main>
<aside id="secondary" class="widget-area">
<section class="widget widget_search"><form role="search" method="get" action="/"><label>
<span class="screen-reader-text">Search for:</span><input type="search" name="s"></label>
<input type="submit" value="Search"></form></section>
<section class="widget widget_recent_entries"><h2 class="widget-title">Recent questions</h2><ul>
{recent}
</ul></section>
<section class="widget widget_categories"><h2 class="widget-title">Categories</h2><ul>
{rooms}
</ul></section>
<section class="widget widget_text"><h2 class="widget-title">Ask a question</h2>
<p>Do you have a question for our doctors? We cannot answer every letter.</p></section>
</aside></div>
<footer id="colophon" class="site-footer"><p>&copy; 2021 {TITLE}. Nothing here takes the place of
a visit to your own doctor.</p><p>Proudly powered by WordPress</p></footer>
</div>
</body>
</html>
"""


def feed(base: str, room: str, posts: Iterable[Story]) -> str:
    """The RSS feed of the newest posts, with all of their text."""
    rows = "".join(
        f"""<item>
<title>{escape(post.title)}</title>
<link>{base}{room}{post.slug}/</link>
<dc:creator><![CDATA[{post.author.signature}]]></dc:creator>
<pubDate>{post.published:%a, %d %b %Y %H:%M:%S} +0000</pubDate>
<category><![CDATA[{post.topic.name}]]></category>
<guid isPermaLink="false">{base}/?p={post.identifier}</guid>
<description><![CDATA[{HTML.inline(shown(post.question[:1]))}]]></description>
<content:encoded><![CDATA[{_body(post)}]]></content:encoded>
</item>
"""
        for post in posts
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>{TITLE}</title>
<atom:link href="{base}/feed/" rel="self" type="application/rss+xml" />
<link>{base}/</link>
<description>For families by the lake</description>
<language>en-US</language>
{rows}</channel>
</rss>
"""


def sitemap(base: str, rows: Iterable[tuple[str, datetime]]) -> str:
    """The sitemap of all posts."""
    lines = "".join(
        f"<url><loc>{base}{target}</loc><lastmod>{day:%Y-%m-%dT%H:%M:%S}+00:00</lastmod></url>\n"
        for target, day in rows
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{lines}</urlset>\n'
    )
