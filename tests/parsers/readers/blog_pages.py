"""Posts of made-up blogs, as several kinds of software print them."""

from __future__ import annotations

_HEAD = "<!DOCTYPE html><html lang='en'><head><title>{title}</title></head><body class='{body}'>"

TEXT = (
    "<p><strong>Question:</strong> My thumb clicks when I knit. May I go on?</p>"
    "<p><strong>Answer:</strong> You may.</p><p>Rest it between the rows.</p>"
    "<ul><li>wool</li><li>warmth</li></ul>"
)
ANSWER = "You may.\n\nRest it between the rows.\n\n- wool\n- warmth"
QUESTION = "My thumb clicks when I knit. May I go on?"

_COMMENT = (
    "<li id='comment-{n}' class='comment even depth-1'><article id='div-comment-{n}'"
    " class='comment-body'><footer class='comment-meta'><div class='comment-author vcard'>"
    "<b class='fn'>{name}</b> <span class='says'>says:</span></div><div class='comment-metadata'>"
    "<a href='/thumb/#comment-{n}'><time datetime='2019-04-0{n}T09:00:00+00:00'>April {n}, 2019 at"
    " 9:00 am</time></a></div></footer><div class='comment-content'><p>{text}</p></div>"
    "<div class='reply'><a class='comment-reply-link' href='?replytocom={n}'>Reply</a></div>"
    "</article>{replies}</li>"
)


def comment(number: int, name: str, text: str, replies: str = "") -> str:
    """A comment as WordPress prints it; ``number`` is also its day in April 2019."""
    return _COMMENT.format(n=number, name=name, text=text, replies=replies)


def wordpress(
    text: str = TEXT,
    comments: str = "",
    *,
    author: str = "Dr. Ida Kern, MD",
    title: str = "Clicking thumbs",
    site: str = "Ask Dr. Kern",
) -> str:
    """A post with a footer that tells of it, comments and a form, and a sidebar."""
    return (
        _HEAD.format(title=f"{title} – {site}", body="single single-post has-sidebar postid-9")
        + f"<header class='site-header'><p class='site-title'><a href='/'>{site}</a></p>"
        "<nav><a href='/about/'>About</a></nav></header><main class='site-main'>"
        "<article id='post-9' class='post-9 post type-post hentry category-social tag-sidebar'>"
        f"<header class='entry-header'><h1 class='entry-title'>{title}</h1></header>"
        f"<div class='entry-content'>{text}</div><footer class='entry-footer'>"
        "<span class='posted-on'>Published <time class='entry-date published updated'"
        " datetime='2019-04-01T07:00:00+00:00'>April 1, 2019</time></span>"
        f"<span class='byline'>By <a href='/author/ida/' rel='author'>{author}</a></span>"
        "<span class='cat-links'>Categorized as <a href='/hands/'>Hands</a></span></footer>"
        "</article><div id='comments' class='comments-area'><h2>Comments</h2>"
        f"<ol class='comment-list'>{comments}</ol><div id='respond'><h2>Leave a comment</h2>"
        "<form><p>Your email address will not be published.</p><textarea></textarea></form></div>"
        "</div><nav class='post-navigation'><a href='/older/'>Previous post Older thumbs</a></nav>"
        "</main><aside class='widget-area'><h2>Recent Comments</h2><ul><li>"
        "<span class='comment-author'>wren</span> on <a href='/x/#comment-3'>Wrists</a></li></ul>"
        "</aside></body></html>"
    )


DRUPAL = (
    _HEAD.format(title="Itching knees | Ask the dermatologist", body="path-node has-sidebar")
    + "<main role='main'><h1 class='page-title'>Itching knees</h1><article class='node'>"
    "<footer class='node__meta'><div class='node__submitted'>Submitted by <span"
    " class='field field--name-uid'><span typeof='schema:Person'>Tom Alder, MD</span></span> on"
    " <span class='field--name-created'>Fri, 01/06/2017 - 10:12</span></div></footer>"
    "<div class='node__content'><div class='field field--name-body'><h3>Question</h3>"
    "<p>My knees itch in wool. Why?</p><h3>Answer</h3><p>Wool is rough.</p></div>"
    "<div class='field field--name-field-tags'><a href='/tags/wool'>wool</a></div>"
    "<section class='field--name-comment comment-wrapper'><h2>Comments</h2>"
    "<article id='comment-11' typeof='schema:Comment' class='comment js-comment'>"
    "<footer class='comment__meta'><p class='comment__author'><span>heath</span> (not verified)"
    "</p><p class='comment__time'>Sat, 01/07/2017 - 08:30</p></footer>"
    "<div class='comment__content'><h3><a href='/comment/11#comment-11'>Mine too</a></h3>"
    "<div class='field--name-comment-body'><p>Silk is smooth.</p></div>"
    "<ul class='links'><li><a href='/comment/reply/7/11'>Reply</a></li></ul></div></article>"
    "</section></div></article></main></body></html>"
)

BLOGGER = (
    _HEAD.format(title="Ask Nurse Fay: Dry hands", body="item-view")
    + "<h1 class='title'><a href='/'>Ask Nurse Fay</a></h1><div class='post-outer'>"
    "<div class='post hentry'><h3 class='post-title entry-title'>Dry hands</h3>"
    "<div class='post-body entry-content'><b>Q:</b> What helps dry hands?<br><br>"
    "<b>A:</b> A cream at night.<br><br>Gloves as well.</div><div class='post-footer'>"
    "<span class='post-author vcard'>Posted by <span class='fn'><a rel='author'"
    " href='/profile/1'>Fay Hollis, RN</a></span></span> at <abbr class='published'"
    " title='2012-04-03T07:05:00-07:00'>7:05 AM</abbr><span class='post-labels'>Labels:"
    " <a href='/label/hands'>hands</a></span></div></div><div class='comments' id='comments'>"
    "<ol><li class='comment' id='c501'><div class='comment-block'><div class='comment-header'>"
    "<cite class='user'><a href='/profile/2'>moss</a></cite><span class='datetime'>"
    "<a href='#c501'>April 4, 2012 at 9:15 AM</a></span></div><p class='comment-content'>Gloves"
    " it is.</p><span class='comment-actions'><a>Reply</a></span></div></li></ol></div></div>"
    "</body></html>"
)

STATIC = (
    "<!DOCTYPE html><html lang='de'><head><title>Schnupfen - Sprechstunde</title></head><body>"
    "<article><h1>Schnupfen</h1><p class='meta'>Von Dr. med. Ute Brandt am 4. Juli 2016</p>"
    "<p><b>Frage:</b> Darf ich mit Schnupfen schwimmen?</p><p><b>Antwort:</b> Ohne Fieber ja.</p>"
    "<div class='share-buttons'><a href='#'>Teilen</a></div></article><section id='comments'>"
    "<article><p><strong class='author'>Nico</strong>, <time datetime='2016-07-05'>5. Juli"
    " 2016</time></p><p>Danke.</p></article></section></body></html>"
)


OLD_THEME = (
    "<html lang='en-US'><head><title>Ask Dr. Kern » Blog Archive » Cold toes</title></head><body>"
    "<h1><a href='/'>Ask Dr. Kern</a></h1><div class='post' id='post-9'><h2>"
    "<a href='https://clinic.example/thumb/' rel='bookmark'>Cold toes</a></h2><div class='entry'>"
    "<p><strong>Q:</strong> My toes are cold in bed. What helps?</p><p><strong>A:</strong> Socks."
    "</p><p class='postmetadata alt'><small>This entry is filed under <a href='/feet'>Feet</a>."
    "</small></p></div></div><ol class='commentlist'><li class='alt' id='comment-4'><cite>"
    "<a href='https://wren.example' rel='nofollow'>wren</a></cite> Says:<br><small"
    " class='commentmetadata'><a href='#comment-4'>April 2nd, 2019 at 9:00 am</a></small>"
    "<p>Two pairs.</p></li></ol></body></html>"
)


def index(*titles: str) -> str:
    """The front page of a blog, with posts in full."""
    posts = "".join(
        f"<article class='post hentry'><h2 class='entry-title'><a href='/{n}/'>{title}</a></h2>"
        f"<div class='entry-content'>{TEXT}</div><time datetime='2019-0{n}-01'></time></article>"
        for n, title in enumerate(titles, 1)
    )
    return _HEAD.format(title="Ask Dr. Kern", body="home") + f"<main>{posts}</main></body></html>"
