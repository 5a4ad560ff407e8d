"""``scrapy why QUESTION``: the chain of evidence from a record to bytes, checked now."""

from __future__ import annotations

import argparse
import re
import sqlite3
from contextlib import closing

from scrapy.exceptions import UsageError

from crawler.cli import provenance_text
from crawler.cli.command import CommandError, HousecallCommand
from crawler.cli.output import print_result
from parsers import is_question_url
from parsers.urls import declared_sites, question_url
from pipelines.db.connection import named_errors, open_archive
from pipelines.db.rules import Key, key_of
from pipelines.reports.provenance_chain import chain_of
from publish.data import lookup

NO_SUCH_QUESTION = 3
_NAMED = re.compile(r"([^/\s:]+)/(\S+)")


class Command(HousecallCommand):
    """Shows what proves each field of a record; changes nothing."""

    usage = "[options] QUESTION"
    summary = "Show where each field of a question comes from, and check that it still holds"
    description = (
        "QUESTION is what its site calls it (29280), site/id (netwellness/29280), or any "
        "address of its page, that of a copy in a web archive included. For every field of "
        "the record: its value, by which landmark and parser it was found, in which capture, "
        "in which bytes of which WARC file. These are read again now: is the record whole, "
        "do its digests hold, does the parser read the same? Then all captures of the page, "
        "who confirms the text, and failures. Exit status: 0 everything holds, 1 something "
        "does not, 2 wrong use, 3 no such question, or it is withheld."
    )

    def execute(self, args: list[str], opts: argparse.Namespace) -> None:
        """Find the question, follow its chain of evidence, and print it."""
        if len(args) != 1:
            raise UsageError("name one question", print_help=False)
        database = self.paths.database
        try:
            db = open_archive(database, readonly=True)
            with closing(db), named_errors(database):
                db.conn.row_factory = sqlite3.Row
                self._explain(db.conn, args[0], opts)
        except LookupError as error:
            raise CommandError(str(error.args[0])) from error

    def _explain(self, connection: sqlite3.Connection, text: str, opts: argparse.Namespace) -> None:
        key = named(connection, text)
        if key is not None:
            reason = self._withheld(connection, key)
            if reason is not None:
                self._print_withheld(key, reason, opts)
                return
        connection.execute("BEGIN")  # of one moment, while a crawl commits
        try:
            chain = chain_of(connection, key, self.paths.warcs) if key is not None else None
            if chain is None:
                raise CommandError(no_such(connection, text), NO_SUCH_QUESTION)
        finally:
            connection.execute("ROLLBACK")
        print_result(opts, provenance_text.as_json(chain), provenance_text.lines(chain))
        self.exitcode = 1 if chain.wrong else 0

    def _withheld(self, connection: sqlite3.Connection, key: Key) -> dict[str, str] | None:
        """Return why and since when a question is withheld, by the archive or by the file."""
        query = "SELECT reason, withheld_on FROM withheld WHERE site = ? AND source_id = ?"
        row = connection.execute(query, key).fetchone()
        if row is not None:
            return {"reason": row[0], "on": row[1]}
        for entry in self.paths.listed() or ():
            if entry.key == key:
                return {"reason": entry.reason, "on": entry.on.isoformat()}
        return None

    def _print_withheld(self, key: Key, reason: dict[str, str], opts: argparse.Namespace) -> None:
        name = "/".join(key)
        line = f"{name} is withheld since {reason['on']}: {reason['reason']}"
        print_result(opts, {"question": name, "withheld": reason}, [line])
        self.exitcode = NO_SUCH_QUESTION


def named(connection: sqlite3.Connection, text: str) -> Key | None:
    """Return the question that a text names; None if there is none.

    :raises CommandError: it names no question, or several
    """
    text = text.strip()
    key = _by_id(connection, text)
    match = _NAMED.fullmatch(text)
    if key is None and match is not None:
        key = lookup.question_called(connection, match[1], match[2])
    if key is not None or (text.isascii() and text.isdigit()):
        return key
    if "." not in text and "/" not in text:
        raise CommandError(f"{text!r} is no id, site/id or address of a question", 2)
    questions = lookup.questions_at(connection, text)
    if len(questions) > 1:
        names = ", ".join(f"{each['site']}/{each['source_id']}" for each in questions)
        raise CommandError(f"{text} is the page of several questions: {names}", 2)
    if questions:
        return (questions[0]["site"], questions[0]["source_id"])
    url = lookup.canonical(text)
    # The list of withheld questions may know it.
    return key_of(url) if is_question_url(url) else None


def _by_id(connection: sqlite3.Connection, text: str) -> Key | None:
    numbers = (text, text.lstrip("0") or "0")
    rows = connection.execute(
        "SELECT site, source_id FROM questions WHERE source_id IN (?1, ?2) "
        "UNION SELECT site, source_id FROM withheld WHERE source_id IN (?1, ?2) ORDER BY 1, 2",
        numbers,
    ).fetchall()
    if len(rows) > 1:
        names = ", ".join("/".join(row) for row in rows)
        raise CommandError(f"{text} is the id of several questions: {names}", 2)
    return (rows[0][0], rows[0][1]) if rows else None


def no_such(connection: sqlite3.Connection, text: str) -> str:
    """Return why there is no record, as far as the archive knows."""
    url = _page_of(connection, text.strip())
    count = connection.execute(
        "SELECT count(*) FROM captures WHERE canonical_url = ?", (url,)
    ).fetchone()[0]
    last = connection.execute(
        "SELECT reason FROM failures WHERE canonical_url = ? ORDER BY occurred_at DESC", (url,)
    ).fetchone()
    if not count and last is None:
        return f"the archive has no question {text}"
    captures = f"{count} {'capture' if count == 1 else 'captures'} of {url}"
    where = "it" if count == 1 else "them"
    failed = f"; the last failure: {last[0]}" if last else ""
    return f"the archive has {captures}, and no question that could be read in {where}{failed}"


def _page_of(connection: sqlite3.Connection, text: str) -> str:
    """Return the canonical address of the page that a text names; "" if nobody knows it."""
    match = _NAMED.fullmatch(text)
    is_address = "://" in text or (match is not None and "." in match[1])
    if is_address and is_question_url(lookup.canonical(text)):
        return lookup.canonical(text)
    site, id_ = match.groups() if match else ("", text)
    query = "SELECT DISTINCT url FROM mentions WHERE source_id = ?1 AND ?2 IN ('', site) LIMIT 2"
    urls = {url for (url,) in connection.execute(query, (id_, site))}
    names = (site,) if site else tuple(each.name for each in declared_sites())
    urls |= {url for name in names if (url := question_url(name, id_))}
    captured = "SELECT 1 FROM captures WHERE canonical_url = ?"
    known = [url for url in urls if connection.execute(captured, (url,)).fetchone()]
    return known[0] if len(known) == 1 else ""
