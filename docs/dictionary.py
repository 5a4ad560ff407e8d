"""Writes docs/data-dictionary.md from publish/data/tables.yaml: ``python -m docs.dictionary``."""

from __future__ import annotations

from pathlib import Path

from publish.data.dictionary import data_dictionary

PAGE = Path(__file__).with_name("data-dictionary.md")

HEAD = """\
# Data dictionary

What the tables and columns of `archive.db` mean. Times are UTC, in ISO 8601. Datasette
shows the same descriptions on the pages of the tables.

This page is made from `publish/data/tables.yaml` by `python -m docs.dictionary`; do not edit
it by hand.

"""


def page() -> str:
    """The page as it has to be."""
    return HEAD + data_dictionary()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
