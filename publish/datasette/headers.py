"""What stands in front of every page: headers, methods, the size of an address, limits.

Every template here, Datasette's own pages included, is free of scripts and of inline
styles, so the policy can forbid both. What archived pages say can then be shown nowhere but
as text, even if an escape were forgotten.

The public profile refuses parts of Datasette's pages, beside arbitrary SQL: the tables that
SQLite and its full-text index keep for themselves, and facets of any column, by which
strangers would have the whole archive counted at will.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from publish.data.dictionary import TABLES
from publish.datasette.own_sql import BRINGS_SQL

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    # A CSV of archived text must not be taken for a web page.
    (b"x-content-type-options", b"nosniff"),
    # Which questions somebody reads is nobody's business, least of all a linked site's.
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)

# Addresses of static files carry a digest of their content, so they never change.
_STATIC = (b"cache-control", b"public, max-age=31536000, immutable")

# Datasette's own CSV is verbatim. Its address has no page that could say so.
_SPREADSHEET = (
    b"link",
    b'</export>; rel=alternate; title="cells are verbatim, and may begin formulas: '
    b'CSV for a spreadsheet is here"',
)

# What a public server shows of itself: nothing that is only of use to its keeper.
_PRIVATE_PATHS = "/-/"

#: The longest address (bytes of path and query) that is read. A question pasted whole into
#: the search box is far below it; a proxy will have a lower limit of its own.
LONGEST_ADDRESS = 256_000
#: That of a public table or canned query.
LONGEST_TABLE_ADDRESS = 4_000
#: The most parameters that an address may have. Datasette's table page takes time with the
#: square of their number: 400 take a quarter of a second, 6,000 a minute.
MOST_PARAMETERS = 400

_READING = frozenset({"GET", "HEAD"})
_MAX_AGE = re.compile(rb"max-age=(\d+)")


def guarded(
    app: App,
    *,
    public: bool,
    static: str,
    max_age: int = 0,
    answers_to: Callable[[str], bool] = lambda host: True,
) -> App:
    """Return the application with the headers on every response.

    :param public: answer 404 for the server's own pages (settings, threads, versions)
    :param static: the path prefix of versioned static files
    :param max_age: seconds; who reads a public archive cannot have a page kept for longer
        (``?_ttl=``), least of all one that is withheld later
    :param answers_to: whether requests to a host are answered, given its header
    """

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        path = scope["path"]
        is_static = path.startswith(static) and b"v=" in scope["query_string"]

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [pair for pair in message.get("headers", []) if not _ours(pair[0])]
                if is_static and message["status"] == 200:
                    headers = [pair for pair in headers if pair[0].lower() != b"cache-control"]
                    headers.append(_STATIC)
                elif public:
                    headers = [_at_most(pair, max_age) for pair in headers]
                if _is_verbatim_csv(path, headers):
                    headers.append(_SPREADSHEET)
                message = {**message, "headers": [*headers, *HEADERS]}
            await send(message)

        refusal = _refusal(scope, answers_to, public=public)
        if refusal is not None:
            status, words, methods = refusal
            await refuse(send_guarded, status, words, (b"allow", methods))
            return
        arguments = {name for name, _ in parse_qsl(scope["query_string"].decode("latin-1"))}
        BRINGS_SQL.set(not public and not arguments.isdisjoint(("sql", "_where")))
        if public and _PRIVATE_PATHS in path[:3]:
            scope = {**scope, "path": "/not-public", "raw_path": b"/not-public"}
        await app(scope, receive, send_guarded)

    return wrapped


def _refusal(
    scope: Message, answers_to: Callable[[str], bool], *, public: bool
) -> tuple[int, str, bytes] | None:
    """Status, words and the methods that there are, of a request that is not looked at."""
    private_page = not public and scope["path"].startswith(_PRIVATE_PATHS)
    allowed = _READING | {"POST"} if private_page else _READING
    methods = ", ".join(sorted(allowed)).encode()
    if scope["method"] not in allowed:
        return 405, "The archive is only read: use GET or HEAD.", methods
    if scope["query_string"].count(b"&") >= MOST_PARAMETERS:
        return 400, f"The address has more than {MOST_PARAMETERS} parameters.", methods
    length = len(scope.get("raw_path") or scope["path"].encode()) + len(scope["query_string"])
    # The links of a table's page have its address some fifty times.
    is_table = public and scope["path"].startswith("/archive")
    longest = LONGEST_TABLE_ADDRESS if is_table else LONGEST_ADDRESS
    if length > longest:
        return 414, f"The address is longer than {longest} bytes.", methods
    if b"\\" in scope.get("raw_path", b""):
        return 400, "The address has a backslash in its path.", methods
    if public and ("_searchmode", "raw") in parse_qsl(scope["query_string"].decode("latin-1")):
        return 403, "Full-text queries as SQLite writes them are not for strangers.", methods
    hosts = [value for name, value in scope.get("headers", ()) if name.lower() == b"host"]
    if not all(answers_to(host.decode("latin-1")) for host in hosts):
        return 421, "The archive is not served by that name (see ALLOWED_HOSTS).", methods
    return None


async def refuse(send: Send, status: int, words: str, *headers: tuple[bytes, bytes]) -> None:
    """Answer a request without a page."""
    body = words.encode() + b"\n"
    plain = (
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", b"%d" % len(body)),
    )
    await send({"type": "http.response.start", "status": status, "headers": [*plain, *headers]})
    await send({"type": "http.response.body", "body": body})


def _at_most(header: tuple[bytes, bytes], max_age: int) -> tuple[bytes, bytes]:
    name, value = header
    if name.lower() != b"cache-control":
        return header
    return name, _MAX_AGE.sub(lambda match: b"max-age=%d" % min(int(match[1]), max_age), value)


def _is_verbatim_csv(path: str, headers: list[tuple[bytes, bytes]]) -> bool:
    return not path.startswith("/export/") and any(
        name.lower() == b"content-type" and value.startswith((b"text/csv", b"text/plain"))
        for name, value in headers
        if ".csv" in path
    )


def _ours(name: bytes) -> bool:
    return any(name.lower() == ours for ours, _ in HEADERS)


def may_view(table: str) -> bool:
    """Return whether strangers may read a table: the data dictionary has it, and not as hidden."""
    return table in TABLES and not TABLES[table].hidden


def facet_refused(arguments: Mapping[str, Iterable[str]], facets: Collection[str]) -> str | None:
    """The facet that a request asks for beside those that a table has; None if there is none."""
    for name, values in arguments.items():
        if name.startswith("_facet") and name != "_facet_size":
            for value in values:
                if name != "_facet" or value not in facets:
                    return value
    return None
