"""The signature of a WACZ file, as far as it can be checked without a network.

``signedData`` of ``datapackage-digest.json`` signs the hash of ``datapackage.json`` as text, by
ECDSA with SHA-256 (https://specs.webrecorder.net/wacz-auth/0.1.0/): with a public key of
nobody known (browsers: P-384, r and s one behind the other), or with the key of a domain's
certificate. Whom the certificates go back to, and the time stamp, are not checked.
"""

from __future__ import annotations

import re
from base64 import b64decode
from contextlib import suppress
from itertools import pairwise
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from pipelines.files.timestamps import parse_stamp


def signature_checked(signed: Any, digest: str) -> tuple[str, str]:
    """What is wrong with a signature, or ""; and a note of what was checked and what was not.

    :param signed: the value of ``signedData``
    :param digest: the hash that ``datapackage-digest.json`` names (``sha256:...``)
    """
    if not isinstance(signed, dict):
        return "the signature cannot be read: no JSON object", "signed"
    domain = signed.get("domain")
    who = f"signed for {domain}" if domain else "signed by a key that names nobody"
    fault, note = "", ""
    key: object
    try:
        if domain:
            chain = x509.load_pem_x509_certificates(str(signed.get("domainCert")).encode())
            key = chain[0].public_key()
            fault, note = _certificates(chain, str(domain), str(signed.get("created")))
        else:
            key = load_der_public_key(_base64(signed.get("publicKey")))
        if signed.get("hash") != digest:
            fault = "what is signed is another hash than that of datapackage.json"
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise ValueError("its key is not of an elliptic curve")
        if not _holds(key, _base64(signed.get("signature")), str(signed.get("hash")).encode()):
            fault = "the signature is not that of its key"
    except (ValueError, TypeError, IndexError) as error:  # of bytes that are no key
        return f"{who}: the signature cannot be checked: {error}", who
    if fault:
        return f"{who}: {fault}", who
    return "", f"{who}: the signature holds{note}"


def _base64(text: Any) -> bytes:
    return b64decode(str(text or ""), validate=True)


def _holds(key: ec.EllipticCurvePublicKey, signature: bytes, text: bytes) -> bool:
    forms = [signature]
    size = (key.key_size + 7) // 8
    if len(signature) == 2 * size:  # as browsers write it
        r, s = (int.from_bytes(half, "big") for half in (signature[:size], signature[size:]))
        forms.append(encode_dss_signature(r, s))
    for form in forms:
        with suppress(InvalidSignature):
            key.verify(form, text, ec.ECDSA(SHA256()))
            return True
    return False


def _certificates(chain: list[x509.Certificate], domain: str, created: str) -> tuple[str, str]:
    """What is wrong with a domain's certificates, and what they say."""
    names: list[str] = []
    with suppress(x509.ExtensionNotFound):
        alternative = chain[0].extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = alternative.value.get_values_for_type(x509.DNSName)
    if not any(re.fullmatch(re.escape(name).replace(r"\*", "[^.]+"), domain) for name in names):
        return f"the certificate is not of {domain} ({', '.join(names) or 'no name'})", ""
    for issued, issuer in pairwise(chain):
        try:
            issued.verify_directly_issued_by(issuer)
        except (ValueError, TypeError, InvalidSignature):
            return "a certificate is not issued by the next one", ""
    begun, ended = chain[0].not_valid_before_utc, chain[0].not_valid_after_utc
    moment = parse_stamp(created)
    if moment is None or not begun <= moment <= ended:
        return f"its time ({created}) is not within that of the certificate", ""
    issuer_name = chain[-1].issuer.rfc4514_string()
    return (
        "",
        f" (certificates up to {issuer_name}, which is taken as given; time stamp not checked)",
    )
