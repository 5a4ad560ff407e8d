"""Made-up threads in the markup of many kinds of forum software, with what they say."""

# ruff: noqa: E501  (markup is easier to compare with a real page's where it stands in one line)

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

TITLE = "Tingling fingers after a long ride?"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Entry:
    """A post as its author wrote it: paragraphs, and whom it quotes with what."""

    number: int
    author: str
    day: date
    paragraphs: tuple[str, ...]
    quotes: tuple[str, str] | None = None

    @property
    def text(self) -> str:
        """As it should be read, without quotes."""
        return "\n\n".join(self.paragraphs)


ENTRIES = (
    Entry(4101, "pedalpusher", date(2019, 3, 25), (
        "My ring finger tingles for hours after a ride of more than thirty miles.",
        "Gloves with gel did not help. Should I see somebody about it?")),
    Entry(4102, "Marta_K", date(2019, 3, 26), (
        "That was my first sign too, and a wider bar grip took it away within two weeks.",)),
    Entry(4107, "old.oak", date(2019, 3, 26), (
        "Raise the bar by an inch and move your hands every five minutes.",
        "If it is still there in the morning, have the nerve looked at."),
        ("Marta_K", "a wider bar grip took it away")),
    Entry(4110, "pedalpusher", date(2019, 3, 28), (
        "Thank you both, the higher bar is better already.",)),
    Entry(4115, "Njuguna", date(2019, 4, 2), (
        "Mine went away only when I changed the saddle, strange as that sounds.",)),
)  # fmt: skip


def iso(entry: Entry) -> str:
    return f"{entry.day}T09:{entry.number % 60:02}:00+00:00"


def us(entry: Entry) -> str:
    return f"{MONTHS[entry.day.month - 1]} {entry.day.day}, {entry.day.year}"


def paragraphs(entry: Entry) -> str:
    return "".join(f"<p>{text}</p>" for text in entry.paragraphs)


def breaks(entry: Entry) -> str:
    return "<br><br>".join(entry.paragraphs)


def _page(head: str, posts: str, tail: str = "") -> str:
    names = ("home", "forums", "members", "search", "login", "register")
    menu = "".join(f'<li><a href="/{name}">{name.title()}</a></li>' for name in names)
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{TITLE} - Spokes forum</title></head><body>'
        f'<div id=wrap><ul class="menu">{menu}</ul>{head}{posts}{tail}'
        "<div class=footer>Powered by something. All times are UTC.</div></div></body></html>"
    )


def _bare_page(body: str) -> str:
    return f"<html><head><title>{TITLE}</title></head><body>{body}</body></html>"


def phpbb3(entries: Sequence[Entry]) -> str:
    def quote(e: Entry) -> str:
        if e.quotes is None:
            return ""
        return f"<blockquote><div><cite>{e.quotes[0]} wrote:</cite>{e.quotes[1]}</div></blockquote>"

    posts = "".join(
        f'<div id="p{e.number}" class="post bg{1 + n % 2}"><div class="inner"><dl class="postprofile">'
        f'<dt><a href="./memberlist.php?mode=viewprofile&amp;u={n}" class="username">{e.author}</a></dt>'
        f'<dd class="profile-rank">Rider</dd><dd class="profile-posts"><strong>Posts:</strong> {n * 7}</dd>'
        f'<dd class="profile-joined"><strong>Joined:</strong> Thu Sep {n + 3}, 2016 5:12 pm</dd></dl>'
        f'<div class="postbody"><h3><a href="#p{e.number}">{"Re: " if n else ""}{TITLE}</a></h3>'
        f'<ul class="post-buttons"><li><a href="./posting.php?mode=quote&amp;p={e.number}">Quote</a></li></ul>'
        f'<p class="author"><a href="./viewtopic.php?p={e.number}#p{e.number}">Post</a> by <strong>'
        f'<a href="./memberlist.php?mode=viewprofile&amp;u={n}">{e.author}</a></strong> &raquo; '
        f"{e.day:%a} {us(e)} 9:{e.number % 60:02} am</p>"
        f'<div class="content">{quote(e)}{breaks(e)}</div>'
        f'<div id="sig{e.number}" class="signature">Ride on, and on</div></div>'
        '<div class="back2top"><a href="#wrap" class="top">Top</a></div></div></div><hr class="divider">'
        for n, e in enumerate(entries)
    )
    head = f'<h2 class="topic-title"><a href="./viewtopic.php?t=77">{TITLE}</a></h2>'
    return _page(head, f'<div id="page-body">{posts}</div>')


def phpbb2(entries: Sequence[Entry]) -> str:
    """Three rows a post: who and what, the buttons, a spacer."""
    rows = "".join(
        f'<tr><td class="row1"><span class="name"><a name="{e.number}"></a><b>{e.author}</b></span><br>'
        f'<span class="postdetails">Joined: 12 Jun 2004<br>Posts: {n * 5}</span></td>'
        f'<td class="row1"><table><tr><td><a href="viewtopic.php?p={e.number}#{e.number}"><img src=i.gif></a>'
        f'<span class="postdetails">Posted: {e.day:%a} {us(e)} 9:12 am&nbsp; &nbsp;Post subject: </span></td>'
        f'<td><a href="posting.php?mode=quote&amp;p={e.number}"><img src=q.gif alt="Reply with quote"></a></td></tr>'
        f'<tr><td colspan=2><hr></td></tr><tr><td colspan=2><span class="postbody">{breaks(e)}</span>'
        "</td></tr></table></td></tr>"
        '<tr><td class="row1"><span class="nav"><a href="#top">Back to top</a></span></td>'
        f'<td class="row1"><a href="profile.php?mode=viewprofile&amp;u={n}"><img src=p.gif alt="Profile">'
        '</a></td></tr><tr><td class="spaceRow" colspan=2><img src=s.gif></td></tr>'
        for n, e in enumerate(entries)
    )
    head = f'<a class="maintitle" href="viewtopic.php?t=77">{TITLE}</a>'
    return _page(
        head, f'<table class="forumline"><tr><th>Author</th><th>Message</th></tr>{rows}</table>'
    )


def vbulletin3(entries: Sequence[Entry]) -> str:
    posts = "".join(
        f'<div align="center"><div class="page"><div><table id="post{e.number}" class="tborder">'
        f'<tr><td class="thead"><div class="normal">#<a href="showpost.php?p={e.number}">{n + 1}</a></div>'
        f'<div class="normal"><a name="post{e.number}"></a>{e.day:%m-%d-%Y}, 09:12 AM</div></td></tr>'
        f'<tr><td class="alt2"><div id="postmenu_{e.number}"><a class="bigusername" href="member.php?u={n}">'
        f'{e.author}</a></div><div class="smallfont">Member</div><div class="smallfont"><div>Join Date: Mar 2009'
        f"</div><div>Posts: {n * 3}</div></div></td></tr>"
        f'<tr><td class="alt1" id="td_post_{e.number}"><div id="post_message_{e.number}">{breaks(e)}</div>'
        "<div>__________________<br>Life is a climb.</div>"
        f'<div align="right"><a href="newreply.php?p={e.number}"><img alt="Reply With Quote"></a></div></td></tr>'
        "</table></div></div></div>"
        for n, e in enumerate(entries)
    )
    head = f'<table class="tborder"><tr><td><strong>{TITLE}</strong></td></tr></table>'
    return _page(head, f'<div id="posts">{posts}</div>')


def smf(entries: Sequence[Entry]) -> str:
    posts = "".join(
        f'<div class="windowbg{2 if n % 2 else ""}"><div class="post_wrapper"><div class="poster"><h4>'
        f'<a href="index.php?action=profile;u={n}" title="View the profile of {e.author}">{e.author}</a></h4>'
        f'<ul class="smalltext"><li class="postgroup">Newbie</li><li class="postcount">Posts: {n}</li></ul></div>'
        f'<div class="postarea"><div class="keyinfo"><h5 id="subject_{e.number}">'
        f'<a href="index.php?topic=77.msg{e.number}#msg{e.number}">{"Re: " if n else ""}{TITLE}</a></h5>'
        f'<div class="smalltext">&#171; <strong>{f"Reply #{n} on" if n else "on"}:</strong> {us(e)}, 09:12:44 AM &#187;</div></div>'
        f'<div class="post"><div class="inner" id="msg_{e.number}">{breaks(e)}</div></div></div>'
        '<div class="moderatorbar"><div class="smalltext reportlinks">Logged</div></div></div></div>'
        '<hr class="post_separator">'
        for n, e in enumerate(entries)
    )
    head = (
        f'<div class="cat_bar"><h3 class="catbg">Topic: {TITLE} &nbsp;(Read 318 times)</h3></div>'
    )
    return _page(head, f'<div id="forumposts"><form>{posts}</form></div>')


def xenforo2(entries: Sequence[Entry]) -> str:
    def quote(e: Entry) -> str:
        if e.quotes is None:
            return ""
        return (
            '<blockquote class="bbCodeBlock bbCodeBlock--quote"><div class="bbCodeBlock-title">'
            f'{e.quotes[0]} said:</div><div class="bbCodeBlock-content">{e.quotes[1]}</div></blockquote>'
        )

    posts = "".join(
        f'<article class="message message--post js-post" data-author="{e.author}" id="js-post-{e.number}">'
        f'<span class="u-anchorTarget" id="post-{e.number}"></span><div class="message-inner">'
        '<div class="message-cell message-cell--user"><section class="message-user"><div class="message-avatar">'
        f'<a href="/members/{e.author.lower()}.{n}/" class="avatar"><img alt="{e.author}"></a></div>'
        f'<div class="message-userDetails"><h4 class="message-name"><a href="/members/{e.author.lower()}.{n}/" '
        f'class="username">{e.author}</a></h4><h5 class="userTitle message-userTitle">Member</h5></div>'
        '<div class="message-userExtras"><dl class="pairs"><dt>Joined</dt><dd>Mar 16, 2015</dd></dl></div></section></div>'
        '<div class="message-cell message-cell--main"><header class="message-attribution">'
        f'<a href="/threads/tingling.77/post-{e.number}"><time class="u-dt" datetime="{iso(e)}">{us(e)}</time></a>'
        f'<ul><li><a href="/threads/tingling.77/post-{e.number}">#{n + 1}</a></li></ul></header>'
        f'<div class="message-content"><article class="message-body"><div class="bbWrapper">{quote(e)}{breaks(e)}</div>'
        '</article></div><footer class="message-footer"><div class="reactionsBar">Like</div></footer></div></div></article>'
        for n, e in enumerate(entries)
    )
    first = entries[0]
    head = (
        f'<div class="p-title"><h1 class="p-title-value">{TITLE}</h1></div><div class="p-description"><ul>'
        f'<li>Thread starter <a href="/members/x.0/" class="username">{first.author}</a></li>'
        f'<li>Start date <time class="u-dt" datetime="{iso(first)}">{us(first)}</time></li></ul></div>'
    )
    return _page(head, f'<div class="block-body js-replyNewMessageContainer">{posts}</div>')


def discourse(entries: Sequence[Entry]) -> str:
    """The view for crawlers, as it stands in the page for all."""
    posts = "".join(
        '<div itemscope itemtype="http://schema.org/DiscussionForumPosting" class="topic-body crawler-post">'
        '<div class="crawler-post-meta"><span class="creator" itemprop="author" itemscope>'
        f'<a itemprop="url" href="/u/{e.author}"><span itemprop="name">{e.author}</span></a></span>'
        f'<span class="crawler-post-infos"><time itemprop="datePublished" datetime="{iso(e)}" class="post-time">'
        f'{us(e)}</time><span itemprop="position">{n + 1}</span></span></div>'
        f'<div class="post" itemprop="articleBody">{paragraphs(e)}</div>'
        '<div itemprop="interactionStatistic"><span class="post-likes">3 Likes</span></div></div>'
        for n, e in enumerate(entries)
    )
    head = f'<div id="topic-title"><h1><a href="/t/tingling/77">{TITLE}</a></h1></div>'
    return (
        f'<html lang="en"><head><title>{TITLE} - Spokes</title></head><body><noscript data-path="/t/tingling/77">'
        f'<div id="main-outlet" class="wrap">{head}{posts}</div></noscript>'
        '<section id="main"></section><script>window.a = 1</script></body></html>'
    )


def vanilla(entries: Sequence[Entry]) -> str:
    """The first post stands in a part of its own."""

    def item(n: int, e: Entry) -> str:
        return (
            f'<div class="Item-Header"><div class="AuthorWrap"><span class="Author"><a href="/profile/{e.author}" '
            f'class="Username">{e.author}</a></span><span class="AuthorInfo">Posts: {n + 1}Member</span></div>'
            f'<div class="Meta"><span class="MItem DateCreated"><a href="/discussion/comment/{e.number}#Comment_{e.number}" '
            f'class="Permalink"><time datetime="{iso(e)}">{us(e)}</time></a></span></div></div>'
            f'<div class="Item-BodyWrap"><div class="Item-Body"><div class="Message userContent">{breaks(e)}</div></div></div>'
        )

    first, *others = entries
    comments = "".join(
        f'<li class="Item ItemComment {"Alt" if n % 2 else ""}" id="Comment_{e.number}"><div class="Comment">{item(n, e)}</div></li>'
        for n, e in enumerate(others, 1)
    )
    head = (
        f'<div class="MessageList Discussion"><div class="PageTitle"><h1>{TITLE}</h1></div>'
        f'<div id="Discussion_77" class="Item ItemDiscussion"><div class="Discussion">{item(0, first)}</div></div></div>'
    )
    return _page(
        head,
        f'<div class="CommentsWrap"><h2 class="CommentHeading">Comments</h2><ul class="MessageList Comments">{comments}</ul></div>',
    )


def phorum(entries: Sequence[Entry]) -> str:
    posts = "".join(
        f'<a name="msg-{e.number}"></a><div class="message"><div class="generic"><table><tr><td>'
        f'<div class="message-author icon-user"><a href="/profile.php?2,{n}">{e.author}</a></div>'
        f'<small>{e.day.day:02}-{e.day:%B}-{e.day.year} 20:18 <strong><a href="/read.php?2,77,{e.number}#msg-{e.number}">'
        f'{"Re: " if n else ""}{TITLE}</a></strong></small></td><td class="message-user-info">Registered: 9 years ago<br>'
        f'Posts: {n}</td></tr></table></div><div class="message-body">{breaks(e)}'
        '<div class="message-options"><a href="/posting.php?2" rel="nofollow">Reply</a></div></div></div>'
        for n, e in enumerate(entries)
    )
    head = (
        f'<div id="page-info"><h1 class="heading">{TITLE}</h1><div class="description">Posted by '
        f'<a href="/profile.php?2,0">{entries[0].author}</a></div></div>'
    )
    return _page(head, posts)


def ips4(entries: Sequence[Entry]) -> str:
    posts = "".join(
        f'<a id="comment-{e.number}"></a><article id="elComment_{e.number}" class="cPost ipsBox ipsComment">'
        f'<aside class="ipsComment_author cAuthorPane"><h3 class="ipsType_sectionHead cAuthorPane_author"><strong>'
        f'<a href="/profile/{n + 1}-{e.author.lower()}/">{e.author}</a></strong><span class="ipsRepBadge">{n * 4}</span></h3>'
        f'<ul class="cAuthorPane_info"><li>Regulars</li><li>{n * 9} posts</li></ul></aside>'
        f'<div class="ipsColumn"><div class="ipsComment_content"><div class="ipsComment_meta"><div class="ipsType_reset">'
        f'<a href="/topic/77-tingling/?do=findComment&amp;comment={e.number}">Posted <time datetime="{iso(e)}" title="x">'
        f'{us(e)}</time></a></div></div><div class="cPost_contentWrap"><div data-role="commentContent" '
        f'class="ipsType_normal ipsType_richText">{paragraphs(e)}</div></div>'
        '<ul class="ipsComment_controls"><li><a href="#">Quote</a></li></ul></div></div></article>'
        for n, e in enumerate(entries)
    )
    head = (
        f'<div class="ipsPageHeader"><h1 class="ipsType_pageTitle"><span>{TITLE}</span></h1></div>'
    )
    return _page(head, f'<div id="elPostFeed"><form>{posts}</form></div>')


def stackexchange(entries: Sequence[Entry]) -> str:
    """Answers with votes, one accepted, each with a remark below it."""

    def cell(n: int, e: Entry, *, accepted: bool) -> str:
        mark = '<div class="js-accepted-answer-indicator">Loading</div>' if accepted else ""
        return (
            f'<div class="post-layout"><div class="votecell"><div class="js-voting-container">'
            f'<div class="js-vote-count" itemprop="upvoteCount">{7 - n}</div>{mark}</div></div>'
            f'<div class="postcell"><div class="s-prose js-post-body" itemprop="text">{paragraphs(e)}</div>'
            f'<div class="mb0"><a href="/a/{e.number}" class="js-share-link">Share</a>'
            f'<div class="post-signature"><div class="user-info"><div class="user-action-time">answered '
            f'<span title="{e.day} 20:37:20Z" class="relativetime">{us(e)} at 20:37</span></div>'
            f'<div class="user-details"><a href="/users/{n + 20}/x">{e.author}</a>'
            '<span class="reputation-score">3,926</span></div></div></div></div></div>'
            '<ul class="comments-list"><li class="comment"><div class="comment-text"><span class="comment-copy">Did you '
            'try it standing up on the pedals as well?</span> <a class="comment-user" href="/users/2/z">zeno</a>'
            '<span class="comment-date" title="2019-05-01 10:53:03Z">May 1, 2019</span></div></li></ul></div>'
        )

    first, *others = entries
    answers = "".join(
        f'<div id="answer-{e.number}" class="answer{" accepted-answer" if n == 2 else ""}" data-answerid="{e.number}">'
        f"{cell(n, e, accepted=n == 2)}</div>"
        for n, e in enumerate(others, 1)
    )
    head = (
        f'<div id="question-header"><h1><a href="/questions/77/tingling" class="question-hyperlink">{TITLE}</a></h1></div>'
        f'<div class="question" id="question">{cell(0, first, accepted=False)}</div>'
    )
    return _page(head, f'<div id="answers"><h2>{len(others)} Answers</h2>{answers}</div>')


def nested(entries: Sequence[Entry]) -> str:
    """A question with replies, and replies to those within them."""

    def reply(kind: str, e: Entry, inner: str = "") -> str:
        return (
            f'<div class="{kind}" id="post-resp-{e.number}"><div class="post-response-item"><div class="response-header">'
            f'<a href="/user/{e.author}" rel="nofollow">{e.author}</a> <time datetime="{iso(e)}"></time></div>'
            f'<div class="response-text-content">{paragraphs(e)}</div><div class="post-media-info">'
            f"<button>Reply</button></div></div>{inner}</div>"
        )

    first, second, third, *others = entries
    replies = reply("top-level-comment", second, reply("sub-comment", third))
    replies += "".join(reply("top-level-comment", e) for e in others)
    head = (
        f'<div class="post-container"><header class="post-header"><h1 class="post-heading">{TITLE}</h1>'
        f'<a href="/user/{first.author}" rel="nofollow">{first.author}</a> <time datetime="{iso(first)}"></time></header>'
        f'<div class="post-body">{paragraphs(first)}</div></div>'
    )
    return _page(
        head, f'<div class="post-responses"><div>{len(entries) - 1} Replies</div>{replies}</div>'
    )


def bbpress(entries: Sequence[Entry]) -> str:
    posts = "".join(
        f'<li><div id="post-{e.number}" class="bbp-reply-header"><div class="bbp-meta"><span class="bbp-reply-post-date">'
        f'{e.day:%B} {e.day.day}, {e.day.year} at 4:12 pm</span> <a href="https://forum.example/topic/tingling/#post-{e.number}" '
        f'class="bbp-reply-permalink">#{e.number}</a></div></div><div class="post-{e.number} reply type-reply status-publish hentry">'
        f'<div class="bbp-reply-author"><a href="/users/{e.author}/" class="bbp-author-link"><img alt=""></a><br>'
        f'<a href="/users/{e.author}/" class="bbp-author-link"><span class="bbp-author-name">{e.author}</span></a>'
        f'<div class="bbp-author-role">Participant</div></div><div class="bbp-reply-content">{paragraphs(e)}</div></div></li>'
        for e in entries
    )
    head = f'<h1 class="entry-title">{TITLE}</h1>'
    return _page(
        head,
        f'<ul class="forums bbp-replies"><li class="bbp-header">Author Posts</li><li class="bbp-body"><ul>{posts}</ul></li></ul>',
    )


def wordpress(entries: Sequence[Entry]) -> str:
    """An article with comments, one of them below another."""

    def comment(e: Entry, inner: str = "") -> str:
        return (
            f'<li id="comment-{e.number}" class="comment even thread-even depth-1"><article id="div-comment-{e.number}" '
            'class="comment-body"><footer class="comment-meta"><div class="comment-author vcard">'
            f'<b class="fn"><a href="http://{e.author}.example/" rel="external nofollow" class="url">{e.author}</a></b> '
            f'<span class="says">says:</span></div><div class="comment-metadata"><a href="/tingling/#comment-{e.number}">'
            f'<time datetime="{iso(e)}">{e.day:%B} {e.day.day}, {e.day.year} at 9:12 am</time></a></div></footer>'
            f'<div class="comment-content">{paragraphs(e)}</div><div class="reply"><a class="comment-reply-link" href="#r">Reply</a>'
            f"</div></article>{inner}</li>"
        )

    first, second, third, *others = entries
    comments = comment(second, f'<ol class="children">{comment(third)}</ol>')
    comments += "".join(comment(e) for e in others)
    head = (
        f'<article class="post-77 post hentry"><header class="entry-header"><h1 class="entry-title">{TITLE}</h1>'
        f'<div class="entry-meta">Posted on <time class="entry-date" datetime="{iso(first)}">{us(first)}</time> by '
        f'<span class="author vcard"><a class="url fn n" href="/author/{first.author}/">{first.author}</a></span></div></header>'
        f'<div class="entry-content">{paragraphs(first)}</div></article>'
    )
    return _page(
        head,
        f'<div id="comments"><h2 class="comments-title">4 thoughts</h2><ol class="comment-list">{comments}</ol></div>',
    )


def definition_list(entries: Sequence[Entry]) -> str:
    """Hand-made, without a class: who and when in one element, the text in the next."""
    items = "".join(
        f'<dt><a name="{e.number}"></a>From <b>{e.author}</b>, {e.day.day} {e.day:%B} {e.day.year}</dt><dd>{breaks(e)}</dd>'
        for e in entries
    )
    return _bare_page(f"<h1>{TITLE}</h1><dl>{items}</dl><p>The end</p>")


def flat(entries: Sequence[Entry]) -> str:
    """Hand-made, older: headings, paragraphs and rules side by side."""
    items = "".join(
        f'<a name="{e.number}"></a><h4>{e.author}</h4><p><i>{e.day:%m/%d/%Y} 9:12</i></p>{paragraphs(e)}<hr>'
        for e in entries
    )
    return _bare_page(f"<h2>{TITLE}</h2>{items}<p>Back</p>")


def tables(entries: Sequence[Entry]) -> str:
    """Hand-made: a table a post, no classes, dates in numbers."""
    items = "".join(
        f'<a name="{e.number}"></a><table width="90%"><tr><td><table><tr><td><b>By</b> <a href="user_info.pl?id={n}">{e.author}</a>'
        f" <b>On</b> {e.day:%Y.%m.%d} 13:17</td></tr></table></td></tr><tr><td>{breaks(e)}</td></tr></table><p>"
        for n, e in enumerate(entries)
    )
    return _bare_page(
        f"<center><table><tr><td><b>Topic</b> {TITLE}</td></tr></table>{items}</center>"
    )


def fluxbb(entries: Sequence[Entry]) -> str:
    posts = "".join(
        f'<div id="p{e.number}" class="blockpost row{"odd" if n % 2 else "even"}{" firstpost" if not n else ""}">'
        f'<h2><span><span class="conr">#{n + 1}</span> <a href="viewtopic.php?pid={e.number}#p{e.number}">{e.day} 10:46:47</a></span></h2>'
        '<div class="box"><div class="inbox"><div class="postbody"><div class="postleft"><dl>'
        f'<dt><strong>{e.author}</strong></dt><dd class="usertitle"><strong>Member</strong></dd>'
        f"<dd><span>Registered: 2017-03-{n + 10}</span></dd><dd><span>Posts: {n + 24}</span></dd></dl></div>"
        f'<div class="postright"><h3>{"Re: " if n else ""}{TITLE}</h3><div class="postmsg">{paragraphs(e)}</div></div></div></div>'
        '<div class="inbox"><div class="postfoot clearb"><div class="postfootleft"><p><span>Offline</span></p></div></div></div></div></div>'
        for n, e in enumerate(entries)
    )
    head = (
        '<ul class="crumbs"><li><a href="index.php">Index</a></li><li><strong>'
        f'<a href="viewtopic.php?id=77">{TITLE}</a></strong></li></ul>'
    )
    return _page(head, f'<div id="brdmain">{posts}</div>')


def mybb(entries: Sequence[Entry]) -> str:
    posts = "".join(
        f'<a name="pid{e.number}" id="pid{e.number}"></a><div class="post" id="post_{e.number}"><div class="post_author">'
        f'<div class="author_information"><strong><span class="largetext"><a href="user-{n}.html">{e.author}</a></span></strong><br>'
        '<span class="smalltext">Junior Member</span></div><div class="author_statistics">Posts: 12<br>Joined: Jun 2014</div></div>'
        f'<div class="post_content"><div class="post_head"><div class="float_right"><strong><a href="thread-77-post-{e.number}.html#pid{e.number}">'
        f'#{n + 1}</a></strong></div><span class="post_date">{e.day:%m-%d-%Y}, 02:49 PM</span></div>'
        f'<div class="post_body scaleimages" id="pid_{e.number}">{breaks(e)}</div></div>'
        '<div class="post_controls"><a href="newreply.php?tid=77">Reply</a></div></div>'
        for n, e in enumerate(entries)
    )
    return _page(f"<div><strong>{TITLE}</strong></div>", f'<div id="posts">{posts}</div>')


def machina(entries: Sequence[Entry]) -> str:
    """Columns of a grid, which look alike."""
    posts = "".join(
        f'<div id="{e.number}" class="post row"><div class="col-md-10 post-content"><div class="card mb-3"><div class="card-body">'
        f'<div class="mb-3 d-flex"><h4 class="subject"><a href="/forum/topic/tingling-77/?post={e.number}#{e.number}" class="topic-subject-link">'
        f'{"Re: " if n else ""}{TITLE}</a></h4></div><p><small class="text-muted"><i class="fa fa-clock-o"></i>&nbsp;By '
        f'<a href="/forum/member/profile/{n}/">{e.author}</a>, {us(e)}, 9:12 a.m.</small></p>'
        f'<div class="post-content">{paragraphs(e)}</div></div></div></div>'
        f'<div class="col-md-2 d-none d-md-block post-sidebar"><div class="avatar"></div><div class="username"><a href="/forum/member/profile/{n}/">'
        f'<b>{e.author}</b></a></div><div class="posts-count text-muted"><b>Posts:</b>&nbsp;{n + 1}</div></div></div>'
        for n, e in enumerate(entries)
    )
    head = f'<div class="row"><div class="col-12"><h1>{TITLE}</h1></div></div>'
    return _page(head, f'<div class="row topic"><div class="col-12">{posts}</div></div>')


def drupal(entries: Sequence[Entry]) -> str:
    first, *others = entries
    comments = "".join(
        f'<a id="comment-{e.number}"></a><div class="comment comment-by-anonymous clearfix"><div class="attribution">'
        f'<div class="submitted"><p class="commenter-name"><span class="username" xml:lang="">{e.author}</span></p>'
        f'<p class="comment-time"><span>{e.day:%a}, {e.day:%m/%d/%Y} - 20:16</span></p><p class="comment-permalink">'
        f'<a href="/comment/{e.number}#comment-{e.number}" class="permalink" rel="bookmark">Permalink</a></p></div></div>'
        f'<div class="comment-text"><div class="content"><div class="field-items">{paragraphs(e)}</div></div>'
        '<ul class="links inline"><li><a href="/user/login">Log in</a> to post comments</li></ul></div></div>'
        for e in others
    )
    head = (
        f'<h1 class="title" id="page-title">{TITLE}</h1><div id="node-77" class="node node-forum"><div class="meta submitted">'
        f'Submitted by <span class="username">{first.author}</span> on {first.day:%a}, {first.day:%m/%d/%Y} - 20:01</div>'
        f'<div class="content clearfix"><div class="field-items">{paragraphs(first)}</div></div></div>'
    )
    return _page(
        head,
        f'<div id="comments" class="comment-wrapper"><h2 class="title">Comments</h2>{comments}</div>',
    )


def flarum(entries: Sequence[Entry]) -> str:
    """A page for those without scripts: the name above the text, the day below it."""
    posts = "".join(
        f'<div id="{e.number}"><h3>{e.author}</h3><div class="Post-body">{paragraphs(e)}</div><time datetime="{iso(e)}">{us(e)}</time></div><hr>'
        for e in entries
    )
    return (
        f'<html lang="en"><head><title>{TITLE} - Spokes</title></head><body><div id="app"></div><noscript id="flarum-content">'
        f'<div class="container"><h1>{TITLE}</h1><div>{posts}</div></div></noscript></body></html>'
    )


KINDS: dict[str, Callable[[Sequence[Entry]], str]] = {
    make.__name__: make
    for make in (
        phpbb3, phpbb2, vbulletin3, smf, xenforo2, discourse, vanilla, phorum, ips4, stackexchange,
        nested, bbpress, wordpress, definition_list, flat, tables, fluxbb, mybb, machina, drupal,
        flarum,
    )
}  # fmt: skip
