"""Response headers that keep a page from doing what its text might want it to.

Every template here, Datasette's own pages included, is free of scripts and of inline
styles, so the policy can forbid both. What archived pages say can then be shown nowhere but
as text, even if an escape were forgotten.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    # A CSV of archived text must not be taken for a web page.
    (b"x-content-type-options", b"nosniff"),
    # Which questions somebody reads is nobody's business, least of all a linked site's.
    (b"referrer-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)

# Addresses of static files carry a digest of their content, so they never change.
_STATIC = (b"cache-control", b"public, max-age=31536000, immutable")

# What a public server shows of itself: nothing that is only of use to its keeper.
_PRIVATE_PATHS = "/-/"


def guarded(app: App, *, public: bool, static: str) -> App:
    """The application with the headers on every response.

    :param public: answer 404 for the server's own pages (settings, threads, versions)
    :param static: the path prefix of versioned static files
    """

    async def wrapped(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        path = scope["path"]

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [pair for pair in message.get("headers", []) if not _ours(pair[0])]
                if path.startswith(static) and b"v=" in scope["query_string"]:
                    headers = [pair for pair in headers if pair[0].lower() != b"cache-control"]
                    headers.append(_STATIC)
                message = {**message, "headers": [*headers, *HEADERS]}
            await send(message)

        if public and _PRIVATE_PATHS in path[:3]:
            scope = {**scope, "path": "/not-public", "raw_path": b"/not-public"}
        await app(scope, receive, send_guarded)

    return wrapped


def _ours(name: bytes) -> bool:
    return any(name.lower() == ours for ours, _ in HEADERS)
