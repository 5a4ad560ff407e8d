"""The template of a page, by its markup: one name a template, whatever else the page has."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.records import Capture
from parsers.template import TEXT, template_of
from sample.eras import ERAS
from sample.layout import question_page, scheme
from sample.options import Options
from sample.truth import facts

NAMES = {
    "tables": {"HTML 3.2, labels in bold"},
    "images": {"HTML without a doctype, labels as images"},
    "divs": {"HTML 4.01, labels as headings"},
    "xhtml": {"XHTML 1.0, labels as headings", "XHTML 1.0, labels in <dt>"},
    "republic": {"HTML 5, labels as headings"},
    "printer": {"HTML without a doctype, labels in bold"},
    "plain": {"HTML 4.01, no labels"},
}


def named(body: bytes | str, kind: str = "text/html") -> str:
    data = body.encode() if isinstance(body, str) else body
    return template_of(Capture("u", datetime(2004, 1, 1, tzinfo=UTC), data, kind, 200, "file", "r"))


def test_every_template_of_the_sample_has_names_of_its_own() -> None:
    options = Options(pages=140, seed=7)
    found = defaultdict(set)
    for number in range(options.pages):
        kind, body = question_page(options, facts(options, number))
        found[scheme(options.seed, number)[0]].add(named(body, kind))
    assert found == NAMES
    assert NAMES.keys() == ERAS.keys()


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("", TEXT),
        ("Question\n\nWhy?\n\nAnswer\n\nSo.", TEXT),
        ("<p>Why?</p><p>So.</p>", "HTML without a doctype, no labels"),
        ("<!doctype html><h2>Answer:</h2>", "HTML 5, labels as headings"),
        ("<html xmlns='x'><p>Q</p>", "XHTML, labels in <p>"),
        ("<!-- <b>Question</b> --><p>x<i>A:</i>", "HTML without a doctype, labels in <i>"),
        ("<script>'<b>Answer</b>'</script><p>x", "HTML without a doctype, no labels"),
        ("<p>x<!-- <b>Question</b>", "HTML without a doctype, no labels"),
        ("<x-mine>Question</x-mine><p>", "HTML without a doctype, labels in other markup"),
        ("<img src=/i/hd_answer.gif><td>Question</td>", "HTML without a doctype, labels as images"),
        ("<img src=/i/answers.gif><p>x", "HTML without a doctype, no labels"),
        ('<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 9.9//EN"><p>', "HTML, no labels"),
    ],
)
def test_names(body: str, name: str) -> None:
    assert named(body) == name


def test_plain_text_is_text_whatever_is_in_it() -> None:
    assert named("<b>Question</b>", "text/plain; charset=utf-8") == TEXT


@given(st.binary() | st.text(st.sampled_from("<>!-/=\"' bhq1?questionanswerimgscript")))
def test_any_bytes_have_one_of_a_few_names(body: bytes | str) -> None:
    name = named(body)
    assert name == TEXT or re.fullmatch(r"X?HTML[\w. ]*, (?:no )?labels[\w<> ]*", name)


@pytest.mark.parametrize(
    "piece", ["<!--", "<img ", "<script", "<b>", "<img src=a", " question", "<b> "]
)
def test_hostile_pages_take_no_time(piece: str) -> None:
    began = time.process_time()
    named("<p>" + piece * (4_000_000 // len(piece)))
    assert time.process_time() - began < 3
