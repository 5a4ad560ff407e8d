"""An archive whose every text tries to become a program, and what of it a page may show."""

from __future__ import annotations

from pathlib import Path

from parsers.records import Link, Responder, TopicLink
from pipelines.db.models import Failure
from tests.publish.archives import HOST, Archive, page

HIT = "window.__hit=1"

#: What each text is full of. The first is looked for on pages and in downloads, letter by letter.
SCRIPT = f"<script>{HIT}</script>"
PAYLOAD = " ".join(
    (
        SCRIPT,
        f"</script><script>{HIT}</script>",
        f"</title></textarea></style></select><svg onload={HIT}>",
        f'"><img src=x onerror={HIT}>',
        f"' autofocus onfocus={HIT} x='",
        f"<iframe srcdoc='{SCRIPT}'></iframe><base href=//evil.example/>",
        "<meta http-equiv=refresh content=0;url=//evil.example/>",
        f"javascript:{HIT} {{{{7*7}}}} {{% raw %}} ]]> <!-- \\u003cscript>",
        "\u202etxet desrever\u202c % \\ ` $(id)",
    )
)
FORMULA = '=HYPERLINK("http://evil.example/","' + PAYLOAD + '")'


def hostile(path: Path) -> None:
    """Make the archive."""
    made = Archive(path)
    who = Responder(PAYLOAD, (PAYLOAD,), PAYLOAD, PAYLOAD, PAYLOAD, f"javascript:{HIT}")
    links = (
        Link(PAYLOAD, f"javascript:{HIT}"),
        Link(PAYLOAD, f"data:text/html,{SCRIPT}"),
        Link(PAYLOAD, f'http://x.example/"><script>{HIT}</script>'),
    )
    for number in (201, 202, 203):
        made.add(
            page(
                number,
                title=FORMULA if number == 203 else PAYLOAD,
                question=PAYLOAD,
                answer=PAYLOAD,
                responders=(who,),
                topics=(TopicLink(PAYLOAD, f"javascript:{HIT}"),),
                links=links,
                warnings=(PAYLOAD,),
                confidence=0.5,
            )
        )
    made.commit()
    made.add(page(201, title=PAYLOAD + " again", answer=f"Revised. {PAYLOAD}", responders=(who,)))
    made.store.pending.mark_gone(made.capture(page(202).url, status=404))
    broken = made.capture(f"{HOST}/question.cfm/208.htm")
    made.store.pending.add_failure(Failure(broken, "parse", PAYLOAD, PAYLOAD))
    made.commit()
    made.close()
