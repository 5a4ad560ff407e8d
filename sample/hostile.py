"""What some people put into a form: markup, as text and as markup."""

from __future__ import annotations

from .blocks import Markup
from .plan import HOSTILE

BLOCKS = (
    Markup(
        'My last letter came out as &lt;script&gt;alert("Answer:")&lt;/script&gt; and'
        " &lt;img src=x onerror=alert(1)&gt; &amp;amp; so on. Is that a virus?",
        'My last letter came out as <script>alert("Answer:")</script> and'
        " <img src=x onerror=alert(1)> &amp; so on. Is that a virus?",
    ),
    Markup(
        'I typed <script type="text/javascript">document.write("<p>Answer: no</p>");</script>this '
        '<b onmouseover="alert(1)">in a hurry</b><img src="/images/x.gif" onerror="alert(2)">, '
        'so please excuse <a href="javascript:alert(3)">my spelling</a>.',
        "I typed this in a hurry, so please excuse my spelling.",
    ),
    Markup(
        "The reading was < 6 the first time and <3 the next, then it said &lt;!-- which I did"
        " not understand<!-- Answer: this is a comment -->, and a > b &#60;/td&#62; after that.",
        "The reading was < 6 the first time and <3 the next, then it said <!-- which I did"
        " not understand, and a > b </td> after that.",
    ),
    Markup(
        "<noscript>Answer: turn on JavaScript</noscript><style>.answer { color: red }</style>"
        'Sorry</span></big> for the <span style="position:absolute" onclick="x()">long'
        "</b> letter; it is all <i>&quot;Robert'); DROP TABLE questions;--&quot;</i> to me.",
        'Sorry for the long letter; it is all "Robert\'); DROP TABLE questions;--" to me.',
    ),
)


def hostile_block(number: int) -> Markup | None:
    """The hostile paragraph at the end of the question of page ``number``, if it has one."""
    return BLOCKS[HOSTILE.index(number)] if number in HOSTILE else None
