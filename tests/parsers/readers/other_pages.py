"""Made-up pages of forums and blogs that are no threads."""

# ruff: noqa: E501

from __future__ import annotations

from collections.abc import Callable

_TOPICS = (
    ("Which lamp for winter mornings?", "Asta", 12, "2019-03-02"),
    ("Coffee before a blood test", "quillon", 3, "2019-03-05"),
    ("Sleeping on the left side only", "Berrin", 44, "2019-04-01"),
    ("My knee clicks when I climb stairs", "old.oak", 9, "2019-04-02"),
    ("Ear plugs that do not hurt", "Njuguna", 21, "2019-04-11"),
    ("Is it safe to nap after lunch?", "mira7", 2, "2019-04-12"),
)
_SNIPPET = "I have been wondering about this for a while now, and the leaflet says nothing of it"


def _page(title: str, body: str) -> str:
    menu = "".join(
        f'<li><a href="/{n}">{n}</a></li>' for n in ("home", "forum", "members", "search")
    )
    return (
        f'<html lang="en"><head><title>{title}</title></head><body><ul id="menu">{menu}</ul>{body}'
        "<p>All times are UTC. Powered by something.</p></body></html>"
    )


def topic_list() -> str:
    rows = "".join(
        f'<li class="row bg{n % 2 + 1}"><dl class="icon"><dt><div class="list-inner"><a href="./viewtopic.php?t={n}" class="topictitle">{title}</a><br>'
        f'by <a href="./memberlist.php?mode=viewprofile&amp;u={n}" class="username">{name}</a> &raquo; {day} 10:12</div></dt>'
        f'<dd class="posts">{count}</dd><dd class="views">{count * 31}</dd><dd class="lastpost"><span>by <a href="./memberlist.php?mode=viewprofile&amp;u=9" '
        f'class="username">Njuguna</a><br>{day} 11:12</span></dd></dl></li>'
        for n, (title, name, count, day) in enumerate(_TOPICS)
    )
    return _page(
        "Sleep - Forum",
        f'<h2 class="forum-title"><a href="./viewforum.php?f=2">Sleep</a></h2><div class="forumbg"><ul class="topiclist topics">{rows}</ul></div>',
    )


def thread_table() -> str:
    rows = "".join(
        f'<tr><td><a href="showthread.php?t={n}">{title}</a><div>{name}</div></td><td>{day} 10:12 AM by <a href="member.php?u=3">Asta</a></td><td>{count}</td></tr>'
        for n, (title, name, count, day) in enumerate(_TOPICS)
    )
    return _page(
        "Sleep",
        f"<h1>Sleep</h1><table><tr><th>Thread</th><th>Last post</th><th>Replies</th></tr>{rows}</table>",
    )


def search_results() -> str:
    rows = "".join(
        f'<li class="result"><h3 class="contentRow-title"><a href="/threads/{n}/">{title}</a></h3><div class="contentRow-snippet">{_SNIPPET} {title.lower()}...</div>'
        f'<ul class="minor"><li><a href="/members/{name}/" class="username">{name}</a></li><li><time datetime="{day}T10:00:00Z">{day}</time></li></ul></li>'
        for n, (title, name, _, day) in enumerate(_TOPICS)
    )
    return _page(
        "Search results for: lamp", f'<h1>Search results</h1><ol class="block-body">{rows}</ol>'
    )


def blog_index() -> str:
    rows = "".join(
        f'<article class="post-{n} post hentry"><header><h2 class="entry-title"><a href="/2019/{n}/x/" rel="bookmark">{title}</a></h2><div class="entry-meta">'
        f'<time datetime="{day}">{day}</time> by <a class="author" href="/author/{name}/">{name}</a></div></header><div class="entry-content"><p>{_SNIPPET}, {title.lower()}</p>'
        f"<p>{_SNIPPET} [&hellip;]</p></div></article>"
        for n, (title, name, _, day) in enumerate(_TOPICS)
    )
    return _page("A blog", f'<main id="main">{rows}</main>')


def article() -> str:
    text = "".join(f"<p>{_SNIPPET}. {title} {_SNIPPET}.</p>" for title, *_ in _TOPICS)
    related = "".join(
        f'<li><a href="/a/{n}">{title}</a></li>' for n, (title, *_) in enumerate(_TOPICS)
    )
    return _page(
        "How to sleep well",
        f'<article><h1>How to sleep well</h1><p class="byline">By <a rel="author" href="/author/asta">Asta</a> on <time datetime="2019-04-01">April 1, 2019</time></p>'
        f"{text}</article><aside><h3>Related</h3><ul>{related}</ul></aside>",
    )


def profile() -> str:
    rows = "".join(
        f"<dl><dt>{name}</dt><dd>{value}</dd></dl>"
        for name, value in (
            ("Joined", "Mar 3, 2014"),
            ("Last seen", "Apr 2, 2019"),
            ("Posts", "318"),
            ("Location", "Bergen"),
        )
    )
    posts = "".join(
        f'<li><h4><a href="/threads/{n}/">{title}</a></h4><p>{_SNIPPET}...</p><span>{day}</span></li>'
        for n, (title, _, _, day) in enumerate(_TOPICS)
    )
    return _page(
        "Asta | Spokes",
        f'<h1 class="username">Asta</h1>{rows}<h2>Latest posts</h2><ul>{posts}</ul>',
    )


def login() -> str:
    return _page(
        "Log in",
        '<h1>Log in</h1><form action="/login"><p>You must be logged in to do that.</p><label>Name <input name=u></label><label>Password <input type=password></label><button>Log in</button></form>',
    )


def forum_index() -> str:
    rows = "".join(
        f'<tr><td><h3><a href="/forums/{n}">{title.split()[0]} talk</a></h3><p>All about {title.lower().rstrip("?")}, and what goes with it.</p></td><td>{count}</td>'
        f'<td><a href="/threads/{n}/latest">{title}</a> <time datetime="{day}T01:00:00Z">{day}</time> by <a href="/members/{name}">{name}</a></td></tr>'
        for n, (title, name, count, day) in enumerate(_TOPICS)
    )
    return _page("Forums", f"<h1>Forums</h1><table>{rows}</table>")


def question_index() -> str:
    rows = "".join(
        f'<div class="question-summary" id="question-summary-{n}"><div class="statscontainer"><span class="vote-count-post">{n}</span> votes <strong>{count}</strong> answers</div>'
        f'<div class="summary"><h3><a href="/questions/{n}/x" class="question-hyperlink">{title}</a></h3><div class="excerpt">{_SNIPPET} ... {_SNIPPET}</div>'
        f'<div class="user-info"><span class="relativetime" title="{day} 10:00:00Z">{day}</span><a href="/users/{n}/{name}">{name}</a></div></div></div>'
        for n, (title, name, count, day) in enumerate(_TOPICS)
    )
    return _page("Newest questions", f'<h1>Newest questions</h1><div id="questions">{rows}</div>')


def news_list() -> str:
    """Links to elsewhere, each with a row of numbers below it."""
    rows = "".join(
        f'<tr class="thing" id="4{n}01"><td>{n + 1}.</td><td class="title"><span class="titleline"><a href="https://news{n}.example/">{title}</a></span></td></tr>'
        f'<tr><td colspan=2></td><td class="subtext"><span class="score" id="score_4{n}01">{count * 7} points</span> by <a href="user?id={name}" class="hnuser">{name}</a> '
        f'<span class="age" title="{day}T10:00:00"><a href="item?id=4{n}01">3 hours ago</a></span> | <a href="hide?id=4{n}01">hide</a> | <a href="item?id=4{n}01">{count}&nbsp;comments</a></td></tr>'
        for n, (title, name, count, day) in enumerate(_TOPICS)
    )
    return _page("News", f"<table>{rows}</table>")


def similar_threads() -> str:
    """What is left of a thread for who must log in first: others of the forum, in a table."""
    rows = "".join(
        f'<tr><td class="alt1"><span class="smallfont"><a href="showthread.php?t={n}" title="{_SNIPPET}">{title}</a></span></td><td class="alt2"><span class="smallfont">{name}</span></td>'
        f'<td class="alt1"><span class="smallfont">Talk of the night</span></td><td class="alt2"><span class="smallfont">{count}</span></td><td class="alt1"><span class="smallfont">{day} <span class="time">18:54</span></span></td></tr>'
        for n, (title, name, count, day) in enumerate(_TOPICS)
    )
    head = "<tr><td>Thread</td><td>Author</td><td>Forum</td><td>Replies</td><td>Last post</td></tr>"
    return _page("A lamp", f"<p>You must log in first.</p><table>{head}{rows}</table>")


def board_table() -> str:
    """A board whose rows have a cell for the author and one for the last post."""
    rows = "".join(
        f'<tr><td class="row1"><span class="topictitle"><a href="viewtopic.php?t={n}" class="topictitle">{title}</a></span></td><td class="row2">{count}</td>'
        f'<td class="row3"><span class="name"><a href="profile.php?mode=viewprofile&amp;u={n}">{name}</a></span></td>'
        f'<td class="row3"><span class="gensmall">{day} 21:55<br><a href="profile.php?mode=viewprofile&amp;u=9">Asta</a> <a href="viewtopic.php?p={n}9#{n}9"><img src=i.gif></a></span></td></tr>'
        for n, (title, name, count, day) in enumerate(_TOPICS)
    )
    return _page("Sleep", f"<table>{rows}</table>")


def login_with_members() -> str:
    """A form, and links to the list of members and of those who keep the forum."""
    return _page(
        "Login",
        '<div class="bar"><a href="./memberlist.php?sid=12ab">The members</a></div><div class="panel"><h2>Login</h2><form action="./ucp.php?mode=login"><p>To log in you must be registered, '
        "which takes a minute and lets you do more than a guest can.</p><label>Name: <input name=u></label><label>Password: <input type=password></label></form></div>"
        '<div class="bar"><a href="./memberlist.php?mode=leaders&amp;sid=12ab">The team</a></div>',
    )


KINDS: dict[str, Callable[[], str]] = {
    make.__name__: make
    for make in (
        topic_list, thread_table, search_results, blog_index, article, profile, login, forum_index,
        question_index, news_list, similar_threads, board_table, login_with_members,
    )
}  # fmt: skip
