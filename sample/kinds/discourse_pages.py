"""The markup of Discourse's crawler view, by our own hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sample.library import Topic
from sample.library import topics as all_topics
from sample.markup import attribute, escape

from .hand import markdown, markdown_block
from .text import PostBlock, Quote, shown
from .threads import Post, Thread, flat, username

TITLE = "The Waiting Room"
SCHEMA = "http://schema.org"


def topic_path(topic: Thread, part: int = 1) -> str:
    """The address of a page of a topic."""
    path = f"/t/{topic.slug}/{topic.identifier}"
    return path if part == 1 else f"{path}?page={part}"


def post_path(topic: Thread, post: Post) -> str:
    """The address of a post."""
    return f"/t/{topic.slug}/{topic.identifier}/{post.number}"


def category_path(topic: Topic) -> str:
    """The address of a category."""
    return f"/c/{topic.slug}/{topic.number + 5}"


def topic(
    base: str,
    shown_topic: Thread,
    posts: Sequence[Post],
    place: tuple[int, int],
    related: Sequence[Thread],
) -> str:
    """A page of a topic, with these posts."""
    part, _ = place
    first = shown_topic.posts[0]
    name = shown_topic.title
    section = escape(shown_topic.topic.name)
    content = f"""<div id="topic-title">
    <h1>
      <a href="{topic_path(shown_topic)}">{escape(name)}</a>
    </h1>
    <div class="topic-category" itemscope itemtype="{SCHEMA}/BreadcrumbList">
      <span itemprop="itemListElement" itemscope itemtype="{SCHEMA}/ListItem">
        <a href="{category_path(shown_topic.topic)}" class="badge-wrapper bullet" itemprop="item">
          <span class='badge-category-bg' style='background-color: #0088CC'></span>
          <span class='badge-category clear-badge'>
            <span class='category-name' itemprop='name'>{section}</span>
          </span>
        </a>
        <meta itemprop="position" content="1">
      </span>
    </div>
  </div>
  <div itemscope itemtype='{SCHEMA}/DiscussionForumPosting'>
    <meta itemprop='headline' content="{attribute(name)}">
    <link itemprop='url' href='{base}{topic_path(shown_topic)}'>
    <meta itemprop='datePublished' content='{_stamp(first.written)}'>
    <meta itemprop='articleSection' content="{section}">
    <meta itemprop='keywords' content=''>
    <div itemprop='publisher' itemscope itemtype="{SCHEMA}/Organization">
      <meta itemprop='name' content='{TITLE}'>
      <div itemprop='logo' itemscope itemtype="{SCHEMA}/ImageObject">
        <meta itemprop='url' content='{base}/images/logo.png'>
      </div>
    </div>
{"".join(_post(base, shown_topic, post) for post in posts)}  </div>
{_navigation(shown_topic, place)}{_related(base, related)}"""
    solved = _solved(base, shown_topic) if part == 1 else ""
    page_title = name if part == 1 else f"{name} - Page {part}"
    path = topic_path(shown_topic, part)
    return _page(base, f"{page_title} - {shown_topic.topic.name} - {TITLE}", path, content, solved)


def _post(base: str, shown_topic: Thread, post: Post) -> str:
    comment = (
        f" itemprop='comment' itemscope itemtype='{SCHEMA}/Comment'" if post.number > 1 else ""
    )
    who = username(post.member)
    likes = f"{post.likes} Like{'s' if post.likes != 1 else ''}" if post.likes else ""
    moment = f"{post.written:%B} {post.written.day}, {post.written.year}, {_clock(post.written)}"
    return f"""
      <div id='post_{post.number}'{comment} class='topic-body crawler-post'>
        <div class='crawler-post-meta'>
          <span class="creator" itemprop="author" itemscope itemtype="{SCHEMA}/Person">
            <a itemprop="url" rel='nofollow' href='{base}/u/{who}'><span itemprop='name'>{who}\
</span></a>
          </span>
          <link itemprop="mainEntityOfPage" href="{base}{topic_path(shown_topic)}">
          <span class="crawler-post-infos">
              <time itemprop='datePublished' datetime='{_stamp(post.written)}' class='post-time'>
                {moment}
              </time>
              <meta itemprop='dateModified' content='{_stamp(post.written)}'>
          <span itemprop='position'>{post.number}</span>
          </span>
        </div>
        <div class='post' itemprop='text'>
          {_cooked(base, shown_topic, post.blocks)}
        </div>

        <div itemprop="interactionStatistic" itemscope itemtype="{SCHEMA}/InteractionCounter">
           <meta itemprop="interactionType" content="{SCHEMA}/LikeAction">
           <meta itemprop="userInteractionCount" content="{post.likes}">
           <span class='post-likes'>{likes}</span>
        </div>
      </div>
"""


def _clock(moment: datetime) -> str:
    return f" {moment.hour % 12 or 12}:{moment:%M}{'am' if moment.hour < 12 else 'pm'}"


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _cooked(base: str, shown_topic: Thread, blocks: tuple[PostBlock, ...]) -> str:
    return "\n".join(
        _quote(base, shown_topic, block) if isinstance(block, Quote) else markdown_block(block)
        for block in flat(blocks)
    )


def _quote(base: str, shown_topic: Thread, quote: Quote) -> str:
    who = username(quote.who)
    return f"""<aside class="quote no-group" data-username="{who}" data-post="{quote.number}" \
data-topic="{shown_topic.identifier}">
<div class="title">
<div class="quote-controls"></div>
<img loading="lazy" alt="" width="24" height="24" src="{base}/letter_avatar/{who}/48/1.png" \
class="avatar"> {who}:</div>
<blockquote>
{markdown(quote.blocks)}
</blockquote>
</aside>"""


def _solved(base: str, shown_topic: Thread) -> str:
    """What the plugin for solutions says of a topic that has one."""
    best = next((post for post in shown_topic.posts if post.accepted), None)
    if best is None:
        return ""
    first = shown_topic.posts[0]
    question: dict[str, Any] = {
        "@type": "Question",
        "name": shown_topic.title,
        **_schema(first),
        "answerCount": 1,
        "acceptedAnswer": {
            "@type": "Answer",
            **_schema(best),
            "url": f"{base}{post_path(shown_topic, best)}",
        },
    }
    page = {
        "@context": SCHEMA,
        "@type": "QAPage",
        "name": shown_topic.title,
        "mainEntity": question,
    }
    text = json.dumps(page, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>\n'


def _schema(post: Post) -> dict[str, Any]:
    """A post as the plugin gives it: its text without quotes, and without paragraphs."""
    blocks = tuple(block for block in post.blocks if not isinstance(block, Quote))
    return {
        "text": shown(blocks).replace("\n\n", "\n"),
        "upvoteCount": post.likes,
        "dateCreated": f"{post.written:%Y-%m-%dT%H:%M:%S.000Z}",
        "author": {"@type": "Person", "name": username(post.member)},
    }


def _navigation(shown_topic: Thread, place: tuple[int, int]) -> str:
    part, count = place
    if count == 1:
        return ""
    links = ""
    if part > 1:
        before = topic_path(shown_topic, part - 1)
        links += (
            "<span itemprop='name'><a itemprop='url' rel='prev' "
            f'href="{before}">← previous page</a></span>\n'
        )
    if part < count:
        after = topic_path(shown_topic, part + 1)
        links += (
            "<span itemprop='name'><b><a itemprop='url' rel='next' "
            f'href="{after}">next page →</a></b></span>\n'
        )
    return (
        f"<div role='navigation' itemscope itemtype='{SCHEMA}/SiteNavigationElement'"
        f' class="topic-body crawler-post">\n{links}</div>\n'
    )


def _related(base: str, topics: Sequence[Thread]) -> str:
    if not topics:
        return ""
    return f"""<div id="related-topics" class="more-topics__list" role="complementary">
  <h3 class="more-topics__list-title">Related topics</h3>
  {_table(base, topics)}
</div>
"""


def _table(base: str, topics: Sequence[Thread]) -> str:
    rows = "".join(_row(base, place, each) for place, each in enumerate(topics))
    return f"""<div class="topic-list-container" itemscope itemtype='{SCHEMA}/ItemList'>
    <meta itemprop='itemListOrder' content='{SCHEMA}/ItemListOrderDescending'>
    <table class='topic-list'>
      <thead><tr><th>Topic</th><th></th><th class="replies">Replies</th><th class="views">\
Views</th><th>Activity</th></tr></thead>
      <tbody>
{rows}      </tbody>
    </table>
  </div>"""


def _row(base: str, place: int, each: Thread) -> str:
    last = each.posts[-1].written
    return f"""        <tr class="topic-list-item category-{each.topic.slug}" \
id="topic-list-item-{each.identifier}">
          <td class="main-link" itemprop='itemListElement' itemscope \
itemtype='{SCHEMA}/ListItem'>
            <meta itemprop='position' content='{place}'>
            <span class="link-top-line">
              <a itemprop='url' href='{base}{topic_path(each)}' \
class='title raw-link raw-topic-link'>{escape(each.title)}</a>
            </span>
            <div class="link-bottom-line">
              <a href='{category_path(each.topic)}' class='badge-wrapper bullet'>\
<span class='category-name'>{escape(each.topic.name)}</span></a>
            </div>
          </td>
          <td class="replies"><span class='posts' title='posts'>{len(each.posts) - 1}</span></td>
          <td class="views"><span class='views' title='views'>{7 * len(each.posts) + 3}</span></td>
          <td>{last:%B} {last.day}, {last.year}</td>
        </tr>
"""


def listing(
    base: str, category: Topic | None, topics: Sequence[Thread], place: tuple[int, int]
) -> str:
    """A page of the latest topics, of all or of a category. Pages count from 0."""
    page, count = place
    path = category_path(category) if category else "/latest"
    links = ""
    if page:
        before = f"?no_definitions=true&amp;page={page - 1}" if page > 1 else ""
        links += f"<a itemprop='url' href='{path}{before}' rel='prev'>← previous page</a>\n"
    if page + 1 < count:
        after = f"{path}?no_definitions=true&amp;page={page + 1}"
        links += f"<a itemprop='url' href='{after}' rel='next' class='next-page'>next page →</a>\n"
    heading = (
        f"<h1>{escape(category.name)}</h1>\n<p>{escape(category.about)}</p>\n" if category else ""
    )
    content = f"""{heading}{_table(base, topics)}
<div role='navigation' itemscope itemtype='{SCHEMA}/SiteNavigationElement'>
<span itemprop='name'>{links}</span></div>
"""
    name = f"Latest {category.name} topics" if category else "Latest topics"
    return _page(base, f"{name} - {TITLE}", path, content)


def user(base: str, name: str) -> str:
    """The page of a member, without a script."""
    content = f"<div id='user-card'><h1>{escape(name)}</h1></div>\n"
    return _page(base, f"{name} - {TITLE}", f"/u/{name}", content)


def categories(base: str) -> str:
    """The list of categories."""
    rows = "".join(
        f"<li><a href='{category_path(each)}'>{escape(each.name)}</a>: {escape(each.about)}</li>\n"
        for each in all_topics()
    )
    return _page(base, f"Categories - {TITLE}", "/categories", f"<ul>\n{rows}</ul>")


def guidelines(base: str) -> str:
    """What is expected of members: a page of text that is no topic."""
    content = """<h1>FAQ/Guidelines</h1>
<h3>Is this a place for emergencies?</h3>
<p>No. Call your local emergency number.</p>
<h3>Who answers here?</h3>
<p>Other members. Nobody here can examine you.</p>"""
    return _page(base, f"Guidelines - {TITLE}", "/guidelines", content)


def _page(base: str, title: str, path: str, content: str, head: str = "") -> str:
    return f"""<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>{escape(title)}</title>
    <meta name="generator" content="Discourse 3.1.2 - https://github.com/discourse/discourse">
    <meta name="viewport" content="width=device-width, initial-scale=1.0, minimum-scale=1.0">
    <link rel="canonical" href="{attribute(base + path)}">
    <link rel="alternate" type="application/rss+xml" title="Latest posts" href="{base}/latest.rss">
    <link rel="search" type="application/opensearchdescription+xml" href="{base}/opensearch.xml">
{head}  </head>
  <body class="crawler">
    <header>
      <a href="/">{TITLE}</a>
    </header>
    <div id="main-outlet" class="wrap" role="main">
{content}
    </div>
    <footer class="container">
      <nav class='crawler-nav'>
        <ul>
          <li itemscope itemtype='{SCHEMA}/SiteNavigationElement'><span itemprop='name'>\
<a href='/' itemprop="url">Home </a></span></li>
          <li itemscope itemtype='{SCHEMA}/SiteNavigationElement'><span itemprop='name'>\
<a href='/categories' itemprop="url">Categories </a></span></li>
          <li itemscope itemtype='{SCHEMA}/SiteNavigationElement'><span itemprop='name'>\
<a href='/guidelines' itemprop="url">FAQ/Guidelines </a></span></li>
        </ul>
      </nav>
      <p class='powered-by-link'>Powered by <a href="https://www.discourse.org">Discourse</a>, \
best viewed with JavaScript enabled</p>
    </footer>
  </body>
</html>
"""


def robots(base: str) -> str:
    """robots.txt."""
    rooms = ("/admin/", "/auth/", "/email/", "/session", "/u/", "/my", "/search", "/t/*/*.rss")
    lines = "".join(f"Disallow: {room}\n" for room in rooms)
    return f"User-agent: *\n{lines}\nSitemap: {base}/sitemap.xml\n"


def feed(base: str, topics: Iterable[Thread]) -> str:
    """The RSS feed of the latest topics."""
    rows = "".join(
        f"<item><title>{escape(each.title)}</title><link>{base}{topic_path(each)}</link>"
        f"<pubDate>{each.posts[0].written:%a, %d %b %Y %H:%M:%S} +0000</pubDate>"
        f'<guid isPermaLink="false">{base}-topic-{each.identifier}</guid></item>\n'
        for each in topics
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8" ?>\n<rss version="2.0"><channel><title>{TITLE} - '
        f"Latest topics</title><link>{base}/latest</link>\n<description>Latest topics"
        f"</description>\n{rows}</channel></rss>\n"
    )


def sitemap_index(base: str) -> str:
    """/sitemap.xml, which names the only part."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"<sitemap><loc>{base}/sitemap_1.xml</loc></sitemap>\n</sitemapindex>\n"
    )


def sitemap(base: str, topics: Iterable[Thread]) -> str:
    """The topics, without their further pages."""
    rows = "".join(
        f"<url><loc>{base}{topic_path(each)}</loc>"
        f"<lastmod>{_stamp(each.posts[-1].written)}</lastmod></url>\n"
        for each in topics
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
    )
