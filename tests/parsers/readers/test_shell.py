"""Shells that a script would fill, and small pages that are none."""

from __future__ import annotations

import pytest

from parsers.readers.shell import is_script_shell
from tests.parsers.readers.pages import json_ld, open_page

STATE = '<script id="__NEXT_DATA__" type="application/json">{"props": {"text": "..."}}</script>'
PROGRAM = '<script src="/static/main.4f1.js" defer></script>'
MENU = "<nav>" + "".join(f"<a href='/{n}'>Section number {n}</a> " for n in range(60)) + "</nav>"
SHELLS = {
    "react": f"<body><noscript>Enable JavaScript.</noscript><div id=root></div>{PROGRAM}",
    "next": f"<body><div id=__next><div class=spinner></div></div>{STATE}{PROGRAM}",
    "angular": f"<body><app-root></app-root>{PROGRAM}",
    "vue with a menu": f"<body>{MENU}<div id=app></div><p>© Clinic 2021</p>{PROGRAM}",
    "loading": f"<body><div id=forum>Loading ...</div>{PROGRAM}",
    "a challenge": f"<body><h1>Just a moment</h1><p>Enable JavaScript to continue.</p>{PROGRAM}",
    "a notice": f"<body><p>My Clinic, the forum of our clinic</p><div class=page></div>{PROGRAM}"
                "<noscript>Bitte JavaScript einschalten</noscript>",
    "nothing": f"<body>{PROGRAM}",
}  # fmt: skip
REAL = {
    "short": f"<body><h1>My knee</h1><p>Should I rest it, or walk on as before?</p>{PROGRAM}",
    "short in a root": f"<body><div id=root><h1>My knee</h1><p>Should it rest?</p></div>{PROGRAM}",
    "no scripts": "<body><div id=root></div>",
    "described": "<body><div id=root></div>" + json_ld({"@type": "Thing"}),
    "long beside an empty root": f"<body><div id=app></div><p>{'Rest it. ' * 60}</p>{PROGRAM}",
    "links alone": f"<body>{MENU}{PROGRAM}",
    "empty": "",
}


@pytest.mark.parametrize("markup", SHELLS.values(), ids=SHELLS)
def test_a_shell(markup: str) -> None:
    assert is_script_shell(open_page(markup))


@pytest.mark.parametrize("markup", REAL.values(), ids=REAL)
def test_a_page(markup: str) -> None:
    assert not is_script_shell(open_page(markup))


def test_a_saved_text_is_none() -> None:
    assert not is_script_shell(open_page("Question\n\nMy knee", content_type="text/plain"))
