"""The documentation says what is there: commands, options, settings, columns, links, SQL."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import re
import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from scrapy.commands import ScrapyCommand
from scrapy.settings import Settings, default_settings

from crawler import settings as our_settings
from docs import dictionary
from parsers import read_declaration
from parsers.sites.address import AddressPattern
from parsers.sites.declaration import KEYS, SELECTOR_FIELDS
from publish.data.dictionary import QUERIES
from publish.serve import application
from tests.conftest import ROOT, Crawled

COMMANDS = sorted(
    path.stem for path in (ROOT / "crawler/commands").glob("*.py") if path.stem != "__init__"
)
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINKED = [*PAGES, ROOT / "CHANGES.md"]
REFERENCE = (ROOT / "docs/commands.md").read_text("utf-8")
FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.M | re.S)


def blocks(page: Path, language: str) -> list[str]:
    """The fenced code blocks of a page in one language ("" for those without)."""
    found = FENCE.finditer(page.read_text("utf-8"))
    return [match[3] for match in found if match[2] == language]


def section(title: str) -> str:
    """The text of docs/commands.md under a heading."""
    match = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", REFERENCE, re.M | re.S)
    assert match, f"docs/commands.md has no section {title!r}"
    return match[1]


def options(command: ScrapyCommand) -> set[str]:
    """All options that a command takes, in every spelling."""
    command.settings = Settings()
    parser = argparse.ArgumentParser(add_help=False)
    command.add_options(parser)
    return {name for action in parser._actions for name in action.option_strings}


class _Plain(ScrapyCommand):
    """A command with Scrapy's common options alone."""

    def short_desc(self) -> str:
        return ""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        raise NotImplementedError


def command(name: str) -> ScrapyCommand:
    """One of our commands."""
    made = importlib.import_module(f"crawler.commands.{name}").Command()
    assert isinstance(made, ScrapyCommand)
    return made


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    text = section(f"scrapy {name}")
    own = options(command(name)) - options(_Plain())
    missing = {option for option in own if not re.search(rf"`{option}[ `]", text)}
    assert missing == set()


@pytest.mark.parametrize("name", COMMANDS)
def test_no_option_is_documented_that_is_not_there(name: str) -> None:
    named = set(re.findall(r"`(--[a-z-]+|-[a-zA-Z])(?= |`)", section(f"scrapy {name}")))
    assert named <= options(command(name))


def test_no_command_is_documented_that_is_not_there() -> None:
    assert sorted(re.findall(r"^## scrapy (\w+)$", REFERENCE, re.M)) == COMMANDS


@pytest.mark.parametrize("name", ["serve", "check", "demo"])
def test_the_sample_site_is_documented(name: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "sample", name, "--help"], cwd=ROOT, capture_output=True, text=True
    )
    own = set(re.findall(r"^  (--[a-z-]+)", run.stdout, re.M))
    assert own, run.stderr
    text = section("python -m sample")
    assert {option for option in own if not re.search(rf"`{option}[ `]", text)} == set()


def test_make_targets_are_documented() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    assert set(re.findall(r"^\| `make ([a-z-]+)` ", section("make"), re.M)) == targets


def test_targets_that_pages_name_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.M))
    for page in PAGES:
        named = re.findall(r"`(?:[A-Z]+=\w+ )?make ([a-z-]+)", page.read_text("utf-8"))
        assert set(named) <= targets, page.name


def test_our_settings_are_documented_with_their_defaults() -> None:
    ours = {
        name: getattr(our_settings, name)
        for name in dir(our_settings)
        if name.isupper() and not hasattr(default_settings, name)
    }
    assert {"ARCHIVE_DB", "WARC_DIR", "STATE_DIR", "CONTACT"} <= ours.keys()
    table = dict(re.findall(r"^\| `([A-Z_]+)` \| (\S+) \|", section("Settings"), re.M))
    said = {name: table.get(name) for name in ours}
    assert said == {name: f"`{value}`" if value != "" else "empty" for name, value in ours.items()}


def test_settings_that_are_documented_exist() -> None:
    named = re.findall(r"^\| `([A-Z_]+)` \|", section("Settings"), re.M)
    assert named
    for name in named:
        assert hasattr(our_settings, name) or hasattr(default_settings, name), name


def scrapy_lines() -> Iterator[tuple[str, list[str]]]:
    """Every scrapy command in a code block or between backquotes, as words."""
    for page in PAGES:
        text = page.read_text("utf-8")
        lines = [line.strip() for block in FENCE.finditer(text) for line in block[3].splitlines()]
        lines += re.findall(r"`([^`\n]+)`", FENCE.sub("", text))
        for line in lines:
            if re.match(r"scrapy (?!COMMAND)[a-z-]+", line):
                yield page.name, shlex.split(line)[1:]


def test_commands_in_the_text_are_real() -> None:
    # Of Scrapy's own commands, those that the documentation uses.
    of_scrapy = {"list": options(_Plain()), "settings": options(_Plain()) | {"--get"}}
    known = {name: options(command(name)) for name in COMMANDS} | of_scrapy
    planned = {"status", "due", "verify", "publish"}
    seen = 0
    for page, (name, *words) in scrapy_lines():
        if name.startswith("--") or (page == "design.md" and name in planned):
            continue
        assert name in known, f"{page}: scrapy {name}"
        assert {word for word in words if word.startswith("-")} <= known[name], f"{page}: {words}"
        seen += 1
    assert seen > 20


def test_the_data_dictionary_is_up_to_date() -> None:
    assert dictionary.PAGE.read_text("utf-8") == dictionary.page(), "run: python -m docs.dictionary"


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text("utf-8")), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in headings}


@pytest.mark.parametrize("page", LINKED, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = FENCE.sub("", page.read_text("utf-8"))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if urlsplit(target).scheme:
            continue
        name, _, anchor = target.partition("#")
        linked = page.parent / name if name else page
        assert linked.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(linked), f"{page.name}: {target}"


def test_pictures_are_light() -> None:
    pictures = list((ROOT / "docs/images").glob("*.png"))
    assert pictures
    for picture in pictures:
        assert picture.stat().st_size <= 200_000, picture.name


def test_the_researchers_sql_runs(crawled: Crawled) -> None:
    examples = blocks(ROOT / "docs/researcher.md", "sql")
    assert len(examples) >= 4
    with sqlite3.connect(f"file:{crawled.database}?mode=ro", uri=True) as archive:
        for sql in examples:
            assert archive.execute(sql).fetchall(), sql


def test_the_researchers_addresses_answer(crawled: Crawled) -> None:
    text = (ROOT / "docs/researcher.md").read_text("utf-8")
    paths = re.findall(r"http://127\.0\.0\.1:8001(/[^\s\"`]*)", text)
    paths += re.findall(r"`(/(?:archive|q)[^\s`]*)`", text)
    datasette = application(crawled.database)

    async def statuses() -> dict[str, int]:
        ask = datasette.client.get
        return {path: (await ask(path, follow_redirects=True)).status_code for path in paths}

    found = asyncio.run(statuses())
    assert len(found) >= 4
    assert set(found.values()) == {200}, found


def test_canned_queries_that_are_named_exist() -> None:
    text = (ROOT / "docs/researcher.md").read_text("utf-8")
    table = text[text.index("## Canned queries") : text.index("## Export")]
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+)`", table))
    assert named
    assert named <= QUERIES.keys()
    assert {"Records to review", "What failed, and why"} <= {
        query.title for query in QUERIES.values()
    }


ADD_A_SITE = ROOT / "docs/add-a-site.md"


def test_the_declarations_that_a_page_shows_are_sound() -> None:
    first, *tables = blocks(ADD_A_SITE, "toml")
    sites = [read_declaration(f"{first}\n{more}", "clinic.toml") for more in ("", *tables)]
    assert {site.name for site in sites} == {"clinic"}


def test_the_patterns_that_a_page_shows_are_sound() -> None:
    text = ADD_A_SITE.read_text("utf-8").partition("| software |")[2].partition("## 3")[0]
    shown = re.findall(r"\| `(/[^`]*)` \|", text)
    assert len(shown) > 5
    for pattern in shown:
        AddressPattern(pattern)


def test_every_key_of_a_declaration_is_explained() -> None:
    text = ADD_A_SITE.read_text("utf-8")
    named = {name for row in re.findall(r"^\| (`[^|]*) \|", text, re.M)
             for name in re.findall(r"`\[?([a-z_]+)\]?`", row)}  # fmt: skip
    assert {*KEYS, *SELECTOR_FIELDS} <= named
