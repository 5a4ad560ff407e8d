"""Secrets of a request stay out of the archive; the request itself stays as it was."""

from __future__ import annotations

import pytest

from crawler.redaction import redact, without_credentials

HEAD = b"GET /a HTTP/1.1\r\nHost: test\r\n"


@pytest.mark.parametrize(
    ("lines", "stored", "names"),
    [
        (b"Accept: */*\r\n", b"Accept: */*\r\n", ()),
        (b"Cookie: a=1; b=2\r\n", b"Cookie: [redacted]\r\n", ("Cookie",)),
        (b"aUTHORIZATION:Basic eDp5\r\n", b"aUTHORIZATION:[redacted]\r\n", ("aUTHORIZATION",)),
        (
            b"Cookie: a\r\nX: 1\r\nProxy-Authorization: b\r\nCookie: c\r\n",
            b"Cookie: [redacted]\r\nX: 1\r\nProxy-Authorization: [redacted]\r\n"
            b"Cookie: [redacted]\r\n",
            ("Cookie", "Proxy-Authorization"),
        ),
        (
            b"Authorization: Digest a=1,\r\n  b=2,\r\n\tc=3\r\nX: 1\r\n",
            b"Authorization: [redacted]\r\nX: 1\r\n",
            ("Authorization",),
        ),
        (b"Cookie: \r\n", b"Cookie: [redacted]\r\n", ("Cookie",)),
        # Other headers that only look like it.
        (b"Author: a\r\nKeywords: b\r\n", b"Author: a\r\nKeywords: b\r\n", ()),
        (b"Referer: /?authorization: x\r\n", b"Referer: /?authorization: x\r\n", ()),
    ],
)
def test_only_the_values_are_replaced(lines: bytes, stored: bytes, names: tuple[str, ...]) -> None:
    body = b"\r\nCookie: this is the body\r\n"
    assert redact(HEAD + lines + body) == (HEAD + stored + body, names)


def test_a_head_without_its_end_is_redacted_too() -> None:
    assert redact(HEAD + b"Cookie: a") == (HEAD + b"Cookie: [redacted]", ("Cookie",))


@pytest.mark.parametrize(
    "name",
    [
        "X-Api-Key", "api-key", "X-Auth-Token", "PRIVATE-TOKEN", "X-Amz-Security-Token", "Cookie2",
        "Ocp-Apim-Subscription-Key", "X-Functions-Key", "X-Goog-Api-Key", "X-Auth", "Signature",
        "CF-Access-Client-Secret", "X-Vault-Token", "X-Password", "X-Forwarded-Authorization",
    ],
)  # fmt: skip
def test_keys_of_any_service_are_secrets(name: str) -> None:
    message = HEAD + name.encode() + b": s\r\n\r\n"
    assert redact(message) == (message.replace(b": s", b": [redacted]"), (name,))


@pytest.mark.parametrize(
    ("url", "clean"),
    [
        ("http://example.org/a", "http://example.org/a"),
        ("http://me:pass@example.org:81/a?b#c", "http://example.org:81/a?b#c"),
        ("http://me@[::1]:81/", "http://[::1]:81/"),
        ("http://a:b@c@example.org/", "http://example.org/"),
        ("http://example.org/mail?to=a@b", "http://example.org/mail?to=a@b"),
    ],
)
def test_credentials_leave_a_url(url: str, clean: str) -> None:
    assert without_credentials(url) == clean
