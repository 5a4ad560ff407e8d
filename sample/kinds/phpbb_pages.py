"""The markup of phpBB 3.2 with its style "prosilver", by our own hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from sample.blocks import BREAK
from sample.library import Topic
from sample.markup import escape

from .hand import Bbcode
from .members import Member, members
from .threads import Post, Thread, without_tables

TITLE = "Sit Down and Tell Us"
POSTS = 10
TOPICS = 25


@dataclass(frozen=True)
class Board:
    """The forum as one visitor sees it: ``session`` stands in each link."""

    base: str
    session: str

    def link(self, script: str, *pairs: str, anchor: str = "") -> str:
        """An address as it is written into a page."""
        query = "&amp;".join([*pairs, f"sid={self.session}"])
        return f"./{script}.php?{query}{anchor}"

    def forum(self, topic: Topic, start: int = 0) -> str:
        """The address of a page of a forum."""
        return self.link("viewforum", f"f={_forum(topic)}", *_start(start))

    def topic(self, topic: Thread, start: int = 0) -> str:
        """The address of a page of a topic."""
        pairs = (f"f={_forum(topic.topic)}", f"t={topic.identifier}", *_start(start))
        return self.link("viewtopic", *pairs)

    def post(self, post: Post, *pairs: str) -> str:
        """The address of a post."""
        number = post.identifier
        return self.link("viewtopic", *pairs, f"p={number}", anchor=f"#p{number}")

    def member(self, member: Member) -> str:
        """A member's name, with its link."""
        href = self.link("memberlist", "mode=viewprofile", f"u={member.number + 48}")
        plain = 'class="username"'
        style = 'style="color: #00AA00;" class="username-coloured"' if member.rank else plain
        return f'<a href="{href}" {style}>{escape(member.name)}</a>'

    @cached_property
    def bbcode(self) -> Bbcode:
        """The hand in which posts are written."""
        return Bbcode(self.session)


def _forum(topic: Topic) -> int:
    return topic.number + 2


def _start(start: int) -> tuple[str, ...]:
    return (f"start={start}",) if start else ()


def moment(when: datetime) -> str:
    """A date as the board writes it: "Mon Mar 09, 2020 4:12 pm"."""
    clock = f"{when.hour % 12 or 12}:{when:%M} {'am' if when.hour < 12 else 'pm'}"
    return f"{when:%a %b %d, %Y} {clock}"


def topic(board: Board, thread: Thread, posts: Sequence[Post], start: int) -> str:
    """A page of a topic: the posts from ``start`` on."""
    count = len(thread.posts)
    title = escape(thread.title)
    pager = _pager(board, thread, start, f"{count} post{'s' if count != 1 else ''}")
    forum = _forum(thread.topic)
    reply = board.link("posting", "mode=reply", f"f={forum}", f"t={thread.identifier}")
    tools = board.topic(thread, start) + "&amp;view=print"
    bar = f"""<a href="{reply}" class="button" title="Post a reply">
<span>Post Reply</span> <i class="icon fa-reply fa-fw" aria-hidden="true"></i></a>
<div class="dropdown-container dropdown-button-control topic-tools">
<span title="Topic tools" class="button button-secondary dropdown-trigger dropdown-select">
<i class="icon fa-wrench fa-fw" aria-hidden="true"></i></span>
<div class="dropdown"><ul class="dropdown-contents"><li>
<a href="{tools}" title="Print view" accesskey="p"><span>Print view</span></a></li></ul></div></div>
{pager}"""
    shown = '\n<hr class="divider">\n'.join(
        _post(board, thread, post, first=not place) for place, post in enumerate(posts)
    )
    content = f"""<h2 class="topic-title"><a href="{board.topic(thread, start)}">{title}</a></h2>
<div class="action-bar bar-top">
{bar}
</div>
{shown}
<hr class="divider">
<div class="action-bar bar-bottom">
{bar}
</div>
<div class="action-bar actions-jump">
<p class="jumpbox-return"><a href="{board.forum(thread.topic)}" class="left-box arrow-left">
<span>Return to &ldquo;{escape(thread.topic.name)}&rdquo;</span></a></p></div>
<div class="stat-block online-list"><h3>Who is online</h3>
<p>Users browsing this forum: No registered users and 3 guests</p></div>"""
    page = f" - Page {start // POSTS + 1}" if start else ""
    more = f"&amp;start={start}" if start else ""
    canonical = f"{board.base}/viewtopic.php?f={forum}&amp;t={thread.identifier}{more}"
    return _page(board, f"{title}{page} - {TITLE}", canonical, content, thread.topic)


def _post(board: Board, thread: Thread, post: Post, *, first: bool) -> str:
    number = post.identifier
    subject = escape(thread.title) if post.number == 1 else f"Re: {escape(thread.title)}"
    quote = board.link("posting", "mode=quote", f"f={_forum(thread.topic)}", f"p={number}")
    name = board.member(post.member)
    return f"""<div id="p{number}" class="post has-profile bg{2 - post.number % 2}">
<div class="inner">
{_profile(board, post)}
<div class="postbody">
<div id="post_content{number}">
<h3{' class="first"' if first else ""}><a href="#p{number}">{subject}</a></h3>
<ul class="post-buttons"><li>
<a href="{quote}" title="Reply with quote" class="button button-icon-only">
<i class="icon fa-quote-left fa-fw" aria-hidden="true"></i><span class="sr-only">Quote</span></a>
</li></ul>
<p class="author">
<a class="unread" href="{board.post(post)}" title="Post">
<i class="icon fa-file fa-fw icon-lightgray icon-md" aria-hidden="true"></i>\
<span class="sr-only">Post</span></a>
<span class="responsive-hide">by <strong>{name}</strong> &raquo; </span>{moment(post.written)}
</p>
<div class="content">{board.bbcode.body(without_tables(post.blocks))}</div>
{_below(board, post)}</div>
</div>
<div class="back2top"><a href="#top" class="top" title="Top">
<i class="icon fa-chevron-circle-up fa-fw icon-gray" aria-hidden="true"></i>\
<span class="sr-only">Top</span></a></div>
</div>
</div>"""


def _below(board: Board, post: Post) -> str:
    """What stands below the text: when it was last edited, and who signs."""
    notice = ""
    if post.identifier % 11 == 4:
        when = moment(post.written.replace(minute=post.written.minute // 2))
        notice = (
            f'<div class="notice">\nLast edited by {board.member(post.member)} on {when}, '
            "edited 1 time in total.\n</div>\n"
        )
    if not post.member.signature:
        return notice
    lines = (line.strip() for line in post.member.signature.split("//"))
    signature = escape(BREAK.join(lines)).replace(BREAK, "<br>\n")
    return f'{notice}<div id="sig{post.identifier}" class="signature">{signature}</div>\n'


def _profile(board: Board, post: Post) -> str:
    who = post.member
    rank = f'<dd class="profile-rank">{escape(who.rank)}</dd>\n' if who.rank else ""
    label = "<strong>Location:</strong>"
    place = (
        f'<dd class="profile-custom-field profile-phpbb_location">{label} {escape(who.place)}</dd>'
        if who.place
        else ""
    )
    count = (who.number * 37) % 900 + 2
    href = board.link("search", f"author_id={who.number + 48}", "sr=posts")
    return f"""<dl class="postprofile" id="profile{post.identifier}">
<dt class="{"has" if rank else "no"}-profile-rank no-avatar">
<div class="avatar-container"></div>
{board.member(who)}</dt>
{rank}<dd class="profile-posts"><strong>Posts:</strong> <a href="{href}">{count}</a></dd>
<dd class="profile-joined"><strong>Joined:</strong> {_joined(who.joined)}</dd>
{place}</dl>"""


def _joined(day: date) -> str:
    return moment(datetime(day.year, day.month, day.day, 8 + day.day % 12, 17))


def _pager(board: Board, thread: Thread, start: int, label: str) -> str:
    starts = range(0, len(thread.posts), POSTS)
    hrefs = [board.topic(thread, each) for each in starts]
    return _pagination(label, hrefs, start // POSTS)


def _pagination(label: str, hrefs: Sequence[str], at: int) -> str:
    if len(hrefs) == 1:
        one = "&bull; Page <strong>1</strong> of <strong>1</strong>"
        return f'<div class="pagination">\n{label} {one}\n</div>'
    arrow = (
        '<i class="icon fa-chevron-{0}-fw" aria-hidden="true"></i><span class="sr-only">{1}</span>'
    )
    items = [
        f'<li class="active"><span>{number}</span></li>'
        if number == at + 1
        else f'<li><a class="button" href="{href}" role="button">{number}</a></li>'
        for number, href in enumerate(hrefs, 1)
    ]
    button = 'class="button button-icon-only"'
    if at:
        text = arrow.format("left", "Previous")
        before = f'<a {button} href="{hrefs[at - 1]}" rel="prev" role="button">{text}</a>'
        items.insert(0, f'<li class="arrow previous">{before}</li>')
    if at + 1 < len(hrefs):
        text = arrow.format("right", "Next")
        after = f'<a {button} href="{hrefs[at + 1]}" rel="next" role="button">{text}</a>'
        items.append(f'<li class="arrow next">{after}</li>')
    lines = "\n".join(items)
    return f'<div class="pagination">\n{label}\n<ul>\n{lines}\n</ul>\n</div>'


def forum(board: Board, topic: Topic, threads: Sequence[Thread], start: int, count: int) -> str:
    """A page of a forum: its topics, the newest first."""
    hrefs = [board.forum(topic, each) for each in range(0, max(1, count), TOPICS)]
    pager = _pagination(f"{count} topics", hrefs, start // TOPICS)
    rows = "\n".join(_row(board, place, thread) for place, thread in enumerate(threads))
    content = f"""<h2 class="forum-title">\
<a href="{board.forum(topic)}">{escape(topic.name)}</a></h2>
<div><div class="forum-description">{escape(topic.about)}</div></div>
<div class="action-bar bar-top">
{pager}
</div>
<div class="forumbg"><div class="inner">
<ul class="topiclist"><li class="header"><dl class="row-item"><dt><div class="list-inner">Topics\
</div></dt><dd class="posts">Replies</dd><dd class="views">Views</dd><dd class="lastpost">\
<span>Last post</span></dd></dl></li></ul>
<ul class="topiclist topics">
{rows}
</ul>
</div></div>"""
    canonical = f"{board.base}/viewforum.php?f={_forum(topic)}"
    return _page(board, f"{escape(topic.name)} - {TITLE}", canonical, content, topic)


def _row(board: Board, place: int, thread: Thread) -> str:
    first, last = thread.posts[0], thread.posts[-1]
    starts = range(0, len(thread.posts), POSTS)
    numbers = "\n".join(
        f'<li><a class="button" href="{board.topic(thread, each)}">{each // POSTS + 1}</a></li>'
        for each in starts
    )
    pages = (
        '<div class="pagination">\n<span><i class="icon fa-clone fa-fw" aria-hidden="true"></i>'
        f"</span>\n<ul>\n{numbers}\n</ul>\n</div>\n"
        if len(starts) > 1
        else ""
    )
    pairs = (f"f={_forum(thread.topic)}", f"t={thread.identifier}")
    return f"""<li class="row bg{1 + place % 2}">
<dl class="row-item topic_read">
<dt title="No unread posts">
<div class="list-inner">
<a href="{board.topic(thread)}" class="topictitle">{escape(thread.title)}</a><br>
{pages}<div class="topic-poster responsive-hide left-box">
by {board.member(first.member)} &raquo; {moment(first.written)}
</div>
</div>
</dt>
<dd class="posts">{len(thread.posts) - 1} <dfn>Replies</dfn></dd>
<dd class="views">{19 * len(thread.posts) + 4} <dfn>Views</dfn></dd>
<dd class="lastpost"><span><dfn>Last post </dfn>by {board.member(last.member)}
<a href="{board.post(last, *pairs)}" title="Go to last post">
<i class="icon fa-external-link-square fa-fw" aria-hidden="true"></i>\
<span class="sr-only"></span></a>
<br>{moment(last.written)}</span></dd>
</dl>
</li>"""


def index(board: Board, forums: Sequence[tuple[Topic, int]]) -> str:
    """The index of the board: all forums."""
    rows = "\n".join(
        f"""<li class="row"><dl class="row-item forum_read"><dt title="No unread posts">
<div class="list-inner"><a href="{board.forum(topic)}" class="forumtitle">{escape(topic.name)}</a>
<br>{escape(topic.about)}</div></dt><dd class="topics">{count} <dfn>Topics</dfn></dd></dl></li>"""
        for topic, count in forums
    )
    content = f"""<div class="forabg"><div class="inner">
<ul class="topiclist"><li class="header"><dl class="row-item"><dt><div class="list-inner">Forum\
</div></dt><dd class="topics">Topics</dd></dl></li></ul>
<ul class="topiclist forums">
{rows}
</ul></div></div>"""
    return _page(board, f"{TITLE} - Index page", f"{board.base}/index.php", content)


def other(board: Board, path: str, number: int) -> str:
    """A page that is neither a list nor a topic, such as a member's profile."""
    known = {member.number + 48: member for member in members()}
    who = known.get(number) if path == "/memberlist.php" else None
    if who is None:
        text = "<p>You are not authorised to read this page. Please log in.</p>"
        heading = '<h2 class="message-title">Information</h2>'
        content = f'<div class="panel" id="message">{heading}{text}</div>'
    else:
        content = f"""<h2 class="memberlist-title">Viewing profile - {escape(who.name)}</h2>
<dl class="details"><dt>Username:</dt><dd>{board.member(who)}</dd>
<dt>Joined:</dt><dd>{_joined(who.joined)}</dd></dl>"""
    return _page(board, f"{TITLE} - Information", f"{board.base}{path}", content)


def _page(
    board: Board, title: str, canonical: str, content: str, topic: Topic | None = None
) -> str:
    index = board.link("index")
    crumbs = (
        f'<span class="crumb"><a href="{index}" accesskey="h"><span>Board index</span></a></span>'
    )
    if topic:
        crumbs += (
            f'<span class="crumb"><a href="{board.forum(topic)}"><span>{escape(topic.name)}</span>'
            "</a></span>"
        )
    return f"""<!DOCTYPE html>
<html dir="ltr" lang="en-gb">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="canonical" href="{canonical}">
<link href="./styles/prosilver/theme/stylesheet.css?assets_version=5" rel="stylesheet">
</head>
<body id="phpbb" class="nojs notouch section-viewtopic ltr">
<div id="wrap" class="wrap">
<a id="top" class="top-anchor" accesskey="t"></a>
<div id="page-header">
<div class="headerbar" role="banner"><div class="inner"><div id="site-description" \
class="site-description">
<a id="logo" class="logo" href="{index}" title="Board index"><span class="site_logo"></span></a>
<h1>{TITLE}</h1><p>Patients talk to patients</p>
<p class="skiplink"><a href="#start_here">Skip to content</a></p></div>
<div id="search-box" class="search-box search-header" role="search">
<form action="{board.link("search")}" method="get" id="search"><fieldset>
<input name="keywords" id="keywords" type="search" maxlength="128" placeholder="Search">
<input type="hidden" name="sid" value="{board.session}"></fieldset></form></div></div></div>
<div class="navbar" role="navigation"><div class="inner">
<ul id="nav-main" class="nav-main linklist" role="menubar">
<li><a href="{board.link("faq")}" rel="help" title="Frequently Asked Questions">\
<span>FAQ</span></a></li>
<li><a href="{board.link("ucp", "mode=login")}" title="Login"><span>Login</span></a></li>
<li><a href="{board.link("ucp", "mode=register")}"><span>Register</span></a></li></ul>
<ul id="nav-breadcrumbs" class="nav-breadcrumbs linklist navlinks" role="menubar">
<li class="breadcrumbs">{crumbs}</li></ul></div></div></div>
<a id="start_here" class="anchor"></a>
<div id="page-body" class="page-body" role="main">
{content}
</div>
<div id="page-footer" class="page-footer" role="contentinfo">
<div class="navbar" role="navigation"><div class="inner"><ul id="nav-footer" class="nav-footer \
linklist" role="menubar"><li class="breadcrumbs">{crumbs}</li>
<li class="rightside">All times are <span title="UTC">UTC</span></li>
<li class="rightside"><a href="{board.link("ucp", "mode=delete_cookies")}"><span>Delete cookies\
</span></a></li></ul></div></div>
<div class="copyright"><p class="footer-row"><span class="footer-copyright">Powered by \
<a href="https://www.phpbb.com/">phpBB</a>&reg; Forum Software &copy; phpBB Limited</span></p></div>
</div>
</div>
</body>
</html>
"""
