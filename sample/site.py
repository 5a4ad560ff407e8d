"""The sample site: any page of it, and what is known about it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

from parsers.records import QAPage

from . import plan
from .compose import mixture
from .library import Entry
from .options import Options
from .responses import Response, accepts_gzip, headed, not_modified, unchanged
from .routes import make
from .truth import qapage, question_path


@dataclass(frozen=True, kw_only=True)
class Site(Options):
    """A sample site, ready to answer. Pure: the same options give the same bytes.

    ``base`` is the address that robots.txt and the sitemap name, without a slash at the
    end. What the network does (slow, cut short, fail once) is the server's part:
    :meth:`behaviour` says what it is, :meth:`response` gives the whole, good response.
    """

    base: str = "http://127.0.0.1:8000"

    def response(self, target: str, headers: Mapping[str, str] | None = None) -> Response:
        """Status, headers and body for a request target ("/healthtopics/?x=1").

        Of the request's ``headers``, Accept-Encoding, If-None-Match and If-Modified-Since
        count. Content-Length is always there.
        """
        asked = {name.lower(): value for name, value in (headers or {}).items()}
        status, out, body = self.resource(target, accepts_gzip(asked.get("accept-encoding", "")))
        if status == 200 and unchanged(out, asked):
            return not_modified(out)
        return status, out, body

    def resource(self, target: str, zipped: bool) -> Response:
        """The response to an unconditional request, gzipped if ``zipped`` and so chosen."""
        path, _, query = target.partition("?")
        made = make(self, self.base, path, {k: v[-1] for k, v in parse_qs(query).items()})
        return headed(self, path, made, zipped)

    def behaviour(self, target: str) -> str:
        """What the network does with a page: "", slow, cut, cut-once or error-once."""
        match = re.fullmatch(r"/question\.cfm/(\d{1,12})\.htm", target)
        if not match:
            return ""
        identifier = int(match[1])
        number = plan.page_number(self, identifier)
        if number is None:
            return "cut" if plan.odd_kind(self, identifier) == "cut" else ""
        if plan.gone_as(self, number):
            return ""
        if number == plan.SLOW and self.slow:
            return "slow"
        if number == plan.CUT_ONCE:
            return "cut-once"
        return "error-once" if plan.fails_once(self, number) else ""

    def questions(self) -> Iterator[QAPage]:
        """The record of every genuine page that can be read now, by id."""
        for number in range(self.total):
            if plan.gone_as(self, number) is None:
                yield qapage(self, number)

    def truth(self, source_id: str) -> QAPage | None:
        """The record of the page with this id; None where no question is to be read."""
        if not source_id.isascii() or not source_id.isdigit():
            return None
        number = plan.page_number(self, int(source_id))
        if number is None or plan.gone_as(self, number):
            return None
        return qapage(self, number)

    def entry(self, source_id: str) -> Entry | None:
        """The hand-written entry that the genuine page with this id is mixed from."""
        number = plan.page_number(self, int(source_id))
        return None if number is None else mixture(self.seed, number).entry

    def kind(self, source_id: str) -> str:
        """``answered``, ``unanswered``, how it is gone, what else it is, or ``unknown``."""
        number = plan.page_number(self, int(source_id))
        if number is None:
            return plan.odd_kind(self, int(source_id)) or "unknown"
        state = "unanswered" if plan.is_unanswered(self, number) else "answered"
        return plan.gone_as(self, number) or state

    def question_paths(self) -> Iterator[str]:
        """The canonical path of every genuine page."""
        return (question_path(plan.page_id(number)) for number in range(self.total))

    def urls(self) -> Iterator[str]:
        """The canonical path of every question address, the odd ones included, by id."""
        identifiers = [plan.page_id(number) for number in range(self.total)]
        identifiers += [plan.odd_id(index) for index in range(plan.odd_count(self))]
        for identifier in sorted(identifiers):
            yield f"/question.cfm/{identifier}.htm"
