"""``README.md``: the snapshot in words. Every figure is from the snapshot itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from publish.data.texts import number
from publish.datasette import metadata
from publish.snapshot.facts import Facts
from publish.snapshot.files import CHANGES, DATAPACKAGE, PARQUET, SUMS, ListedFile
from publish.snapshot.snapshot_diff import KINDS


def cite_as(name: str, facts: Facts, archive: ListedFile, url: str) -> str:
    """How to cite the snapshot: the digest tells it from every other."""
    sites = ", ".join(site.name for site in facts.sites) or "no site yet"
    place = f" {url}." if url else ""
    return (
        f"{metadata.TITLE}. Health questions and answers archived from {sites}. Snapshot {name}, "
        f"captured until {facts.day}. {number(facts.questions)} questions.{place} "
        f"archive.db sha256:{archive.sha256}"
    )


def readme(
    name: str,
    facts: Facts,
    files: Iterable[ListedFile],
    changes: Mapping[str, int],
    before: str | None,
    citation: str,
) -> str:
    """The text, in Markdown.

    :param changes: how many there are of each kind, from ``before``: the name of the snapshot
        before, None if there is none
    """
    parts = (
        f"# {metadata.TITLE}, snapshot {name}",
        metadata.DESCRIPTION,
        "## What it holds",
        _held(facts),
        _sites(facts),
        "## Files",
        _files(files),
        f"`{DATAPACKAGE}` describes every field. To see that the files are whole: "
        f"`sha256sum --check {SUMS}`.",
        "## What is different",
        _different(changes, before),
        "## Reading it",
        "```python\nimport pandas\n"
        f'questions = pandas.read_parquet("{PARQUET}")\n```',
        "`archive.db` is read-only and ready to be served: "
        "`scrapy serve -s ARCHIVE_DB=archive.db`, or opened with any tool that reads SQLite.",
        "## Rights",
        f"{metadata.metadata()['license']}. {metadata.RIGHTS}",
        "## How to cite it",
        f"> {citation}",
        "To cite one question, use its address (`/q/site/number`), which stays.",
    )  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _held(facts: Facts) -> str:
    rows = facts.rows
    years = ""
    if facts.first_year is not None:
        years = f", from {facts.first_year} to {facts.last_year}"
    lines = [
        f"{number(facts.questions)} questions, {number(facts.answered)} of them answered",
        f"{number(facts.dated)} answers bear a date{years}",
        f"{number(rows['responders'])} people who answered, {number(rows['topics'])} health topics",
        f"{number(rows['versions'])} versions of texts, from {number(rows['captures'])} captures "
        f"in {number(rows['crawls'])} crawls and imports",
        f"{number(rows['links'])} further links, {number(rows['failures'])} failures on record",
        f"{number(rows['withheld'])} questions withheld by the curators (table `withheld`)",
    ]
    return "\n".join(f"- {line}" for line in lines)


def _sites(facts: Facts) -> str:
    if not facts.sites:
        return ""
    lines = [
        f"| {site.name} | {number(site.questions)} | {number(site.answered)} | {number(site.gone)} "
        f"| {site.first_captured_at[:10]} | {site.last_captured_at[:10]} |"
        for site in facts.sites
    ]
    head = (
        "| site | questions | answered | gone from the site | first captured | last captured |\n"
        "|---|---|---|---|---|---|\n"
    )
    return head + "\n".join(lines)


def _files(files: Iterable[ListedFile]) -> str:
    lines = [f"| `{file.name}` | {number(file.size)} | `{file.sha256}` |" for file in files]
    return "| file | bytes | SHA-256 |\n|---|---|---|\n" + "\n".join(lines)


def _different(changes: Mapping[str, int], before: str | None) -> str:
    if before is None:
        return "There is no snapshot before that this one could be compared with."
    if not changes:
        return f"No question differs from the snapshot before, {before}."
    lines = [
        f"- {number(count)} {kind}: {'it' if count == 1 else 'each'} {KINDS[kind]}"
        for kind, count in changes.items()
    ]
    return (
        f"Since the snapshot before, {before}; question by question in `{CHANGES}`:\n\n"
        + "\n".join(lines)
    )
