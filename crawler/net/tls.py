"""TLS: what a connection offers, and what the WARC says of it."""

from __future__ import annotations

import re
import ssl

#: Our own WARC field on a response record: "not verified" where the certificate was not checked.
PEER_FIELD = "Housecall-TLS-Peer"

# What this client offers for TLS 1.2 and older; without a key exchange it is RSA.
_SUITE = re.compile(
    r"(?:(?P<exchange>(?:ECDHE|DHE)-(?:ECDSA|RSA|DSS))-)?"
    r"(?:AES(?P<bits>128|256)(?:-(?P<mode>GCM|CCM8|CCM))?|(?P<chacha>CHACHA20-POLY1305))"
    r"(?:-(?P<mac>SHA(?:256|384)?))?"
)


def tls_context(verify: bool) -> ssl.SSLContext:
    """A client context that offers HTTP/1.1 only.

    :param verify: False reads old sites whose certificates have run out; the WARC then
        says that the peer was not verified.
    """
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


def tls_fields(connection: ssl.SSLObject | ssl.SSLSocket | None) -> tuple[tuple[str, str], ...]:
    """The WARC fields of a response that came over ``connection``; () without TLS.

    ``WARC-Protocol`` (a second one, beside the HTTP version's) and ``WARC-Cipher-Suite``
    are the extensions of WARC 1.1 that Heritrix, Browsertrix and Wget-AT write too
    (iipc/warc-specifications, 42 and 86).
    """
    if connection is None:
        return ()
    fields = []
    version, cipher = connection.version(), connection.cipher()
    if version:
        name, _, number = version.partition("v")
        fields.append(("WARC-Protocol", f"{name.lower()}/{number if '.' in number else '1.0'}"))
    suite = iana_name(cipher[0]) if cipher else None
    if suite:
        fields.append(("WARC-Cipher-Suite", suite))
    if connection.context.verify_mode == ssl.CERT_NONE:
        fields.append((PEER_FIELD, "not verified"))
    return tuple(fields)


def iana_name(suite: str) -> str | None:
    """The IANA name of a cipher suite that OpenSSL names; None if it is not a known kind.

    >>> iana_name("ECDHE-RSA-AES128-SHA256")
    'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256'
    """
    if suite.startswith("TLS_"):  # those of TLS 1.3 have one name
        return suite
    match = _SUITE.fullmatch(suite)
    if match is None:
        return None
    exchange = (match["exchange"] or "RSA").replace("-", "_")
    if match["chacha"]:
        return f"TLS_{exchange}_WITH_CHACHA20_POLY1305_SHA256"
    mode = (match["mode"] or "CBC").replace("CCM8", "CCM_8")
    mac = f"_{match['mac']}" if match["mac"] else ""
    return f"TLS_{exchange}_WITH_AES_{match['bits']}_{mode}{mac}"
