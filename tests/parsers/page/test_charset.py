"""Which charset a page is read in, and what is said of bytes that do not fit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.page.charset import Decoded, decode


def meta(label: str, text: bytes = b"") -> bytes:
    return b"<html><head><meta charset=" + label.encode() + b"></head><body>" + text


def shown(body: bytes, content_type: str = "text/html") -> str:
    return decode(body, content_type).text.rpartition("<body>")[2]


@pytest.mark.parametrize(
    ("label", "text", "encoding"),
    [
        ("gb2312", "朱镕基", "gb18030"), ("gbk", "朱镕基", "gb18030"), ("x-gbk", "医生", "gb18030"),
        ("shift_jis", "①㎏", "cp932"), ("x-sjis", "頭痛", "cp932"),
        ("windows-31j", "頭痛", "cp932"),
        ("euc-kr", "똠방각하", "cp949"), ("ks_c_5601-1987", "두통", "cp949"),
        ("windows-949", "두통", "cp949"), ("big5", "頭痛", "big5"), ("euc-jp", "頭痛", "euc_jp"),
        ("iso-2022-jp", "頭痛", "iso2022_jp"), ("iso-8859-9", "ağrı “x”", "cp1254"),
        ("tis-620", "ปวดหัว", "cp874"), ("iso-8859-11", "ปวด", "cp874"),
        ("iso-8859-1", "“é” – €", "cp1252"), ("us-ascii", "“é”", "cp1252"), ("l1", "é", "cp1252"),
        ("x-mac-roman", "Ménière’s", "mac_roman"), ("macintosh", "é", "mac_roman"),
        ("iso-8859-8-i", "למה", "iso8859_8"), ("koi8-r", "боль", "koi8_r"),
        ("windows-1251", "боль", "cp1251"), ("x-cp1251", "боль", "cp1251"),
        ("x-mac-cyrillic", "боль", "mac_cyrillic"), ("iso88592", "ból", "iso8859_2"),
        ("iso_8859-2:1987", "ból", "iso8859_2"), ("UTF8", "é", "utf_8"),
        ("unicode-1-1-utf-8", "é", "utf_8"),
    ],
)  # fmt: skip
def test_labels_mean_what_they_mean_to_a_browser(label: str, text: str, encoding: str) -> None:
    body = text.encode(encoding)
    assert shown(meta(label, body)) == text
    assert decode(body, f'text/html; charset="{label}"') == decode(meta(label, body))._replace(
        text=text
    )
    assert decode(meta(label, body)).warning == ""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_counts_most(encoding: str) -> None:
    body = "<meta charset=koi8-r><body>é €".encode(encoding)
    assert shown(body, "text/html; charset=shift_jis") == "é €"


def test_the_header_counts_more_than_the_page() -> None:
    body = meta("koi8-r", "é".encode())
    assert shown(body, "text/html;charset=utf-8") == "é"
    assert shown(body, "text/html; charset=bogus") == "é".encode().decode("koi8-r")


@pytest.mark.parametrize(
    "head",
    [
        b"<meta name=description content='text/html; charset=koi8-r'>",
        b"<!-- <meta charset=koi8-r> -->",
        b"<!-- <meta charset=bogus> -->",
        b"<link title='charset=koi8-r'>",
        b"<link title='<meta charset=koi8-r>'>",
        b"<script>'<meta charset=koi8-r>'</script>",
        b"<style><meta charset=koi8-r></style>",
        b"<title><meta charset=koi8-r></title>",
        b"<meta http-equiv=refresh content='5; url=?charset=koi8-r'>",
        b"<meta charset>",
        b"<!-- <meta charset=koi8-r>",
        b"<script><meta charset=koi8-r>",
        b"<title>charset=koi8-r</title>",
        b"",
    ],
)
def test_what_is_no_declaration_is_not_obeyed(head: bytes) -> None:
    assert decode(b"<head>" + head + b"<body>caf\xe9") == Decoded(
        f"<head>{head.decode()}<body>café", "cp1252"
    )


@pytest.mark.parametrize(
    "head",
    [
        b"<META content='text/html; charset=koi8-r' HTTP-EQUIV=Content-Type>",
        b'<meta http-equiv="content-type" content="text/html;charset=koi8-r" />',
        b"<?xml version='1.0' encoding='koi8-r'?>",
        b"<!-- x --><meta name=x charset='koi8-r'>",
        b"<!--><meta charset=bogus><META CHARSET = koi8-r>",
        b"<head><script>" + b"x" * 9000 + b"</script><meta charset=koi8-r>",
        b"<!-- " + b"x" * 9000 + b" --><noscript><meta charset=koi8-r></noscript>",
        b"<meta charset=koi8-r><meta charset=utf-8>",
    ],
)
def test_declarations_in_the_page(head: bytes) -> None:
    assert decode(head + "боль".encode("koi8-r")).text.endswith("боль")
    assert decode(head + b"x", html=False).encoding == "utf-8"


@pytest.mark.parametrize("label", ["utf-16", "UTF-16LE", "unicode"])
def test_a_page_that_can_be_read_as_ascii_is_not_utf_16(label: str) -> None:
    assert shown(meta(label, "é".encode())) == "é"
    assert decode("é!".encode("utf-16-le"), f"text/plain; charset={label}").text == "é!"


@pytest.mark.parametrize("label", ["bogus", "zip", "unicode_escape", "utf-7", "idna", "x-y.z:1"])
def test_an_unknown_label_is_named_in_a_warning(label: str) -> None:
    for decoded in (
        decode(meta(label, b"\\u0041")),
        decode(b"\\u0041", f"text/html; charset={label}"),
    ):
        assert decoded.text.endswith("\\u0041")
        assert repr(label) in decoded.warning
        assert "utf-8" in decoded.warning


def test_bytes_that_do_not_fit_what_is_declared_are_replaced_and_said() -> None:
    for label, encoding in (("utf-8", "utf-8"), ("gb2312", "gb18030"), ("euc-jp", "euc_jp")):
        decoded = decode(b"caf\xe9 \xff!", f"text/html; charset={label}")
        assert decoded.encoding == encoding
        assert decoded.text.startswith("caf\ufffd")
        assert f"not {encoding}: read as U+FFFD" in decoded.warning
    assert decode(b"it\x92s", "text/html; charset=utf-8").text == "it\ufffds"
    assert decode(b"caf\xe9\x81", "text/html; charset=iso-8859-1") == Decoded("café\x81", "cp1252")
    assert decode(b"caf\xe9\xff", "text/html; charset=koi8-r").warning == ""


def test_what_is_plainly_no_utf_8_is_windows_1252_whatever_it_says() -> None:
    decoded = decode(b"\x93caf\xe9 \x94\x81", "text/html; charset=utf-8")
    assert decoded.text == "“café ”\x81"
    assert "4 characters are not" in decoded.warning


@pytest.mark.parametrize("byte", [b"\x92", b"\xe9", b"\xff"])
def test_a_wrong_byte_does_not_turn_a_page_into_windows_1252(byte: bytes) -> None:
    decoded = decode("<p>Ménière – café".encode() + byte + b" x")
    assert decoded.text == f"<p>Ménière – café{byte.decode('cp1252')} x"
    assert "1 character is not utf-8" in decoded.warning
    assert decode("é".encode() + b"caf\xe9 na\xefve").encoding == "cp1252"


@pytest.mark.parametrize(
    ("label", "body", "text"),
    [
        ("euc-jp", b"\xad\xa1\xad\xea\xc6\xac", "①㈱頭"),
        ("iso-2022-jp", b"\x1b$B-!F,\x1b(B", "①頭"),
        ("gb2312", b"\x80\xe9\x46", "€镕"[0] + b"\xe9\x46".decode("gb18030")),
        ("windows-1253", b"\x81", "\x81"),
        ("iso-2022-kr", "두통".encode("iso2022_kr"), "두통"),
        ("hz-gb-2312", "头痛".encode("hz"), "头痛"),
        ("big5", "咗".encode("big5hkscs"), "咗"),
        ("iso-8859-16", "ț".encode("iso8859_16"), "ț"),
    ],
)
def test_what_python_has_under_another_name(label: str, body: bytes, text: str) -> None:
    assert decode(body, f"text/html; charset={label}").text == text


@pytest.mark.parametrize("label", ["replacement", "iso-2022-cn", "hz-gb-2312", "iso-2022-kr"])
def test_what_browsers_refuse_is_read_and_doubted(label: str) -> None:
    decoded = decode(b"A page", f"text/html; charset={label}")
    assert decoded.text == "A page"
    assert repr(label) in decoded.warning


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("content_type", ["text/html", "text/html; charset=utf-8", "text/plain"])
def test_utf_16_that_nothing_declares(codec: str, content_type: str) -> None:
    decoded = decode("<p>Vraag: één – twee".encode(codec), content_type)
    assert decoded.text == "<p>Vraag: één – twee"
    assert codec in decoded.warning
    assert decode("<p>één".encode(codec), "text/html; charset=utf-16") == Decoded("<p>één", codec)


def test_the_declaration_of_xml() -> None:
    body = "<?xml version='1.0' encoding='koi8-r'?><meta charset=utf-8>боль"
    assert decode(body.encode()).text.endswith("боль")
    assert decode(body.encode("koi8-r"), "application/xhtml+xml").text.endswith("боль")


def test_utf_8_that_is_declared_as_windows_1252_is_doubted() -> None:
    decoded = decode("café".encode(), "text/html; charset=windows-1252")
    assert decoded.text == "cafÃ©"
    assert "UTF-8" in decoded.warning


@pytest.mark.parametrize("cut", [1, 2])
def test_a_page_that_ends_inside_a_character(cut: int) -> None:
    for content_type in ("text/html", "text/html; charset=utf-8"):
        decoded = decode("é und €".encode()[:-cut], content_type)
        assert decoded == Decoded("é und \ufffd", "utf-8", "ends inside a character")


def test_what_is_not_declared_is_utf_8_or_windows_1252() -> None:
    assert decode("é".encode()) == Decoded("é", "utf-8")
    assert decode(b"\xe9\x80") == Decoded("é€", "cp1252")
    assert decode(b"") == Decoded("", "utf-8")


@given(
    st.binary(max_size=80), st.sampled_from(["", "utf-8", "utf-16", "big5", "hz", "\udcff", "é"])
)
def test_nothing_fails(body: bytes, label: str) -> None:
    decode(body, f"text/html; charset={label}")
    decode(b"<meta charset=" + label.encode("utf-8", "replace") + b">" + body)


@given(st.text().filter(lambda text: not text.startswith("\ufeff")))
def test_utf_8_is_read_as_it_was_written(text: str) -> None:
    assert decode(text.encode(), "text/html; charset=utf-8", html=False) == Decoded(text, "utf-8")
