"""``README.md``: the snapshot in words. Every figure is from the snapshot itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from publish.data.texts import number
from publish.datasette import metadata
from publish.snapshot.facts import Facts
from publish.snapshot.files import ListedFile
from publish.snapshot.snapshot_diff import KINDS


def cite_as(name: str, facts: Facts, archive: ListedFile, url: str) -> str:
    """Return how to cite the snapshot: the digest distinguishes it from every other."""
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
    files: Sequence[ListedFile],
    changes: Mapping[str, int],
    before: str | None,
    citation: str,
) -> str:
    """Return the text, in Markdown.

    :param changes: how many there are of each kind since ``before``: the name of the snapshot
        before, None if there is none
    """
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["number"] = number
    return templates.get_template("README.md.j2").render(
        title=metadata.TITLE,
        description=metadata.DESCRIPTION,
        license=metadata.metadata()["license"],
        rights=metadata.RIGHTS,
        name=name,
        facts=facts,
        rows=facts.rows,
        files=files,
        changes=changes,
        before=before,
        meanings=KINDS,
        citation=citation,
    )
