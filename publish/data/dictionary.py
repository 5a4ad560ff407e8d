"""What every table and column of archive.db means, in words a researcher can use.

One structure feeds three readers: Datasette's metadata (:mod:`publish.datasette.metadata`), the data
dictionary of the documentation (:func:`data_dictionary`) and the page headings. A test
compares it with the real schema, so a new column without a description fails the build.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Table:
    """A table or view: ``columns`` maps each column to its meaning, in schema order.

    ``label`` is the column that stands for a row where another table points at it.
    ``facets`` and ``sortable`` name columns; each has an index, or is cheap without.
    ``plumbing`` tables exist for the software and are kept out of sight.
    """

    name: str
    title: str
    description: str
    columns: MappingProxyType[str, str]
    view: bool = False
    label: str | None = None
    facets: tuple[str, ...] = ()
    sortable: tuple[str, ...] = ()
    plumbing: bool = False


def _columns(**meanings: str) -> MappingProxyType[str, str]:
    return MappingProxyType(meanings)


QUESTIONS = Table(
    name="questions",
    title="Questions",
    description=(
        "One row for each question, as it stands in its newest capture: what was asked, what "
        "was answered, who answered, and how sure the reading is. The texts are verbatim. "
        "Earlier texts of the same page are in versions."
    ),
    label="title",
    facets=("topic_id", "responder_id", "institution", "year", "status"),
    sortable=("id", "answered_on", "year", "last_captured_at", "last_changed_at", "confidence"),
    columns=_columns(
        id="The number of the row. To cite a question, use site and source_id: they stay.",
        site="The site it was published on, by its short name, such as netwellness.",
        source_id="The site's own number for the question, as its web address has it.",
        url="The one canonical address of the page. Other spellings of it lead here.",
        title="The heading of the page, verbatim.",
        question=(
            "What was asked, verbatim. An empty line stands between paragraphs, a line break "
            "between list items. Spelling and odd quotation marks are the writer's own."
        ),
        answer="What was answered, verbatim and laid out like the question. Empty if unanswered.",
        answered_on="The date that the page gives for its answer, or null where it gives none.",
        year="The year of answered_on, for counting.",
        status="answered, or unanswered where the page shows a question without an answer.",
        confidence=(
            "How sure the parser was, from 0 to 1. It is 1 where every part stood under its own "
            "landmark; whatever lowered it is in warnings."
        ),
        warnings="A JSON list of what was uncertain when the page was read, in plain words.",
        parser="The parser that read the page, as name@version.",
        topic_id="The first health topic that the page names. All are in question_topics.",
        responder_id="The first person who answered. All are in question_responders.",
        institution="The institution of the first person who answered, as printed.",
        first_captured_at="When the page was first captured (UTC).",
        last_captured_at="When the page was last captured (UTC).",
        last_changed_at="When the capture was made in which the present text first stood (UTC).",
        versions="How many different texts the page has had in the archive; 1 if unchanged.",
        gone_at=(
            "When the site was first found to have withdrawn the page (UTC). Null while it is "
            "still there. The archive keeps what was captured before."
        ),
        capture_id=(
            "The capture that this row was read from: the evidence. It may be older than "
            "last_captured_at, where the site has said since that nothing changed."
        ),
        sources=(
            "A JSON list of where captures that say the same come from: live, wayback, "
            "commoncrawl, warc, wet or file. Two or more confirm the text. Layout and links do "
            "not count (see words in versions)."
        ),
    ),
)

VERSIONS = Table(
    name="versions",
    title="Versions of texts",
    description=(
        "One row for each different text that a question page has had. A page that never "
        "changed has one."
    ),
    label="title",
    sortable=("id", "question_id"),
    columns=_columns(
        id="The archive's number for the version.",
        question_id="The question that the text belongs to.",
        digest="SHA-256 (hex) of record. Two captures with the same digest say the same.",
        title="The title in this version, verbatim.",
        question="The question in this version, verbatim.",
        answer="The answer in this version, verbatim.",
        record="The whole record of this version as canonical JSON, with responders and links.",
        first_capture_id="The earliest capture in which this text was found.",
        last_capture_id="The latest capture in which this text was found.",
        words=(
            "SHA-256 (hex) of title, question and answer with all white space collapsed: equal "
            "where two texts say the same. A text rendering has no links, so one that says what "
            "a version of the page says is no version, but another capture of that."
        ),
    ),
)

RESPONDERS = Table(
    name="responders",
    title="Responders",
    description=(
        "One row for each person who answered questions. The same profile address, or else the "
        "same name at the same institution, is taken to be the same person."
    ),
    label="name",
    facets=("institution", "credentials", "college"),
    sortable=("id", "name"),
    columns=_columns(
        id="The archive's number for the person. It stays the same after a rebuild.",
        site="The site on which the person answers.",
        name="The name without credentials, as printed.",
        credentials="Letters after the name, in the order printed, such as MD or RN, MSN.",
        title="Position, such as Associate Professor of Obstetrics and Gynecology.",
        college="College or department, as printed.",
        institution="University or hospital, as printed.",
        url="The person's profile page on the site, where the name was a link.",
        capture_id="The capture that this spelling of name and position was read from.",
    ),
)

QUESTION_RESPONDERS = Table(
    name="question_responders",
    title="Who answered what",
    description=(
        "One row for each person under each answer, in the order of the page, with the name and "
        "position as that page printed them. Positions change over the years; responders "
        "holds one spelling, this table holds each."
    ),
    facets=("institution", "credentials"),
    columns=_columns(
        question_id="The question that was answered.",
        position="The place among several responders, from 0.",
        responder_id="The person who answered.",
        name="The name as this page printed it, without credentials.",
        credentials="The credentials as this page printed them.",
        title="The position as this page printed it.",
        college="The college as this page printed it.",
        institution="The institution as this page printed it.",
        url="The profile address that this page linked to.",
    ),
)

TOPICS = Table(
    name="topics",
    title="Health topics",
    description="One row for each health topic under which the site files its questions.",
    label="name",
    sortable=("id", "name"),
    columns=_columns(
        id="The archive's number for the topic. It stays the same after a rebuild.",
        slug="The short name used in web addresses, such as pregnancy.",
        name="The name of the topic as the site prints it.",
        url="The topic's page on the site, where it was a link.",
        capture_id="The capture that this spelling of the name was read from.",
    ),
)

QUESTION_TOPICS = Table(
    name="question_topics",
    title="Which topic a question has",
    description="One row for each topic that a question page names, in the order of the page.",
    facets=("topic_id",),
    columns=_columns(
        question_id="The question.",
        position="The place among several topics, from 0.",
        topic_id="The topic.",
        name="Its name as this page prints it.",
        url="Its address, if this page links to it.",
    ),
)

LINKS = Table(
    name="links",
    title="Further links",
    description=(
        'One row for each address that a page offers "for more information". The addresses '
        "are kept as evidence of what was recommended at the time; many no longer work."
    ),
    columns=_columns(
        question_id="The question whose page has the link.",
        position="The place among the page's further links, from 0.",
        text="The words of the link, verbatim.",
        url="Where it led.",
    ),
)

CAPTURES = Table(
    name="captures",
    title="Captures",
    description=(
        "One row for each exchange with a server (or imported record): what was asked for, what "
        "came back, and in which WARC file the bytes are. This is the evidence behind each record."
    ),
    label="captured_at",
    facets=("status", "source", "content_type"),
    sortable=("id", "captured_at", "status"),
    columns=_columns(
        id="The archive's number for the capture.",
        record_id="The WARC-Record-ID, a urn:uuid.",
        url="The address that was asked for, as it was asked.",
        canonical_url="The same address in its one canonical spelling.",
        captured_at="When the answer came (UTC).",
        status="The HTTP status, such as 200 or 404.",
        content_type="The media type that the server named, or empty.",
        digest="The WARC-Payload-Digest: SHA-1 in base 32 of the payload.",
        warc_file="The WARC file that holds the record.",
        offset="Where the record starts in that file, in bytes.",
        length="How long the (compressed) record is, in bytes.",
        source="Where it came from: live, wayback, commoncrawl, warc, wet or file.",
        crawl_id="The crawl or import that it belongs to.",
        revisit_of=(
            "For a revisit (the server said, or showed, that nothing had changed): the "
            "WARC-Record-ID of the capture that holds the same payload. What was read in that "
            "one stands in this row too."
        ),
        truncated="Why the payload is not whole (WARC-Truncated), such as disconnect; else null.",
        gone="1 if the server, or the page itself, said that the page is no longer there.",
        version_id="The version of a question's text that was read from it, if any.",
        etag="The ETag header that the server sent, or empty: its name for what it gave.",
        last_modified="The Last-Modified header that the server sent, or empty.",
        parser="The parser that read a question in it, as name@version; null if none was read.",
        confidence="How sure that parser was, from 0 to 1; null if no question was read.",
        warnings="A JSON list of what was uncertain in that reading; null if none was read.",
        fetched_at=(
            "When the bytes were fetched from the archive that captured them (UTC); null where "
            "captured_at is that moment."
        ),
        fetched_from="The address in that archive that they were fetched from; null likewise.",
    ),
)

CRAWLS = Table(
    name="crawls",
    title="Crawls",
    description="One row for each run of a crawl, import or rebuild: how it went and what it used.",
    label="started",
    facets=("spider", "outcome"),
    sortable=("id", "started"),
    columns=_columns(
        id="The archive's number for the run.",
        uid="A UUID that names the run for good, also in its WARC files.",
        spider="What ran: a spider's name, or the name of the import.",
        arguments="The arguments it was given, as JSON.",
        started="When it began (UTC).",
        finished="When it ended (UTC). Null while it is running, or if it was cut off.",
        outcome="How it ended, such as finished. Null while it is running.",
        counts="What it counted, as JSON: pages, bytes, questions, failures.",
        software="The versions of the software that it ran with, as JSON.",
        alarms="A JSON list of what the monitors found wrong with the run, a sentence each.",
    ),
)

FAILURES = Table(
    name="failures",
    title="Failures",
    description=(
        "One row for each thing that could not be fetched, read or parsed, and why. Nothing is "
        "left out of the archive without a row here."
    ),
    label="reason",
    facets=("stage", "field"),
    sortable=("id", "occurred_at"),
    columns=_columns(
        id="The archive's number for the failure.",
        url="The address that failed, as it was asked for.",
        canonical_url="The same address in its one canonical spelling.",
        occurred_at="When it failed (UTC).",
        stage="Where it failed: fetch (no good answer), read (broken record) or parse.",
        field="For parse: the field of the record that could not be read.",
        reason="Why, in words that an archivist can act on.",
        record_id="The WARC-Record-ID of the response, or a name for it where there was none.",
        capture_id="The capture that failed, where there is one.",
        crawl_id="The run in which it failed.",
        resolved_by="A later capture of the same address that was good. Null while it stands.",
    ),
)

WITHHELD = Table(
    name="withheld",
    title="Withheld questions",
    description=(
        "One row for each question that the archive's curators do not show, and why. Nothing "
        "that was read from its pages is in any table; their captures are still on record."
    ),
    facets=("site",),
    sortable=("site",),
    columns=_columns(
        site="The site that the question is from, by its short name.",
        source_id="The site's own number of the question.",
        url="The canonical address of its page, where it follows from the number.",
        reason="Why it is withheld, in the curators' words.",
        withheld_on="Since when, as the curators wrote it (a date).",
    ),
)

LISTINGS = Table(
    name="listings",
    title="What web archives list",
    description=(
        "One row for each capture that the index of a web archive lists, whether it was fetched "
        "or not. It says what could still be had; the index speaks, and nobody checked it."
    ),
    facets=("archive",),
    columns=_columns(
        archive="The web archive whose index it is.",
        url="The address that was captured, as the index writes it.",
        captured_at="When it was captured, by the index (UTC).",
        canonical_url="The same address in its one canonical spelling.",
        site="The site, by its short name.",
        source_id="The site's own number, if it is the address of a question; else empty.",
        status="The HTTP status that the index names; null if it names none.",
        content_type="The media type that the index names, or empty.",
        digest="The digest of the payload that the index names, or empty.",
        place="Where the archive keeps it, as far as its index says: a file, offset and length.",
        record_id="The WARC-Record-ID of the record in which the index came.",
    ),
)

MENTIONS = Table(
    name="mentions",
    title="Which questions other pages link to",
    description=(
        "One row for each question that a captured page links to, if that page is no question "
        "page itself (whose further links are in links). So the archive knows of questions that "
        "it does not have. Addresses only: a question that is withheld may be named here."
    ),
    facets=("site",),
    columns=_columns(
        site="The site that the question is on, by its short name.",
        source_id="The site's own number for the question.",
        record_id="The WARC-Record-ID of the capture whose page has the link.",
        url="The canonical address of the question.",
    ),
)

ANSWERS_PER_YEAR = Table(
    name="answers_per_year",
    title="Answers by year",
    description="Answered questions counted by year, site and institution.",
    view=True,
    columns=_columns(
        year="The year of the answer; null for answers without a date.",
        site="The site, by its short name.",
        institution="The institution of the first person who answered.",
        answers="How many questions were answered.",
        responders="By how many people, counting the first under each answer.",
        topics="Under how many health topics, counting the first of each page.",
    ),
)

COVERAGE = Table(
    name="coverage",
    title="Coverage by site",
    description="What the archive holds of each site, how complete it is and how fresh.",
    view=True,
    columns=_columns(
        site="The site, by its short name.",
        questions="Questions held.",
        answered="Of these, with an answer.",
        unanswered="Of these, without an answer.",
        dated="Of these, with a date of answer.",
        with_responder="Of these, with the name of a person who answered.",
        with_topic="Of these, with a health topic.",
        gone="Of these, withdrawn by the site since.",
        changed="Of these, with more than one text.",
        low_confidence="Of these, read with a confidence below 0.8.",
        first_captured_at="When the first of them was captured (UTC).",
        last_captured_at="When one of them was last captured (UTC).",
    ),
)

OPEN_FAILURES = Table(
    name="open_failures",
    title="Failures that still stand",
    description="Failures for which no later capture of the same address was good.",
    view=True,
    columns=_columns(
        **{
            name: meaning
            for name, meaning in FAILURES.columns.items()
            if name not in ("canonical_url", "resolved_by")
        }
    ),
)

CRAWL_SUMMARY = Table(
    name="crawl_summary",
    title="Crawls with their counts",
    description="One row for each run, with what the archive holds of it.",
    view=True,
    columns=_columns(
        id="The archive's number for the run.",
        spider="What ran.",
        started="When it began (UTC).",
        finished="When it ended (UTC), or null.",
        outcome="How it ended.",
        captures="How many captures the archive has of it.",
        pages="How many of these were read as question pages.",
        failures="How many failures it left.",
    ),
)

FTS = Table(
    name="questions_fts",
    title="Full-text index of questions",
    description="The index behind the search (FTS5): stems of English words, accents ignored.",
    plumbing=True,
    columns=_columns(
        title="Words of the title.",
        question="Words of the question.",
        answer="Words of the answer.",
    ),
)

MIGRATIONS = Table(
    name="_sqlite_migrations",
    title="Schema migrations",
    description="Which changes of the schema this file has had. Kept by sqlite-utils.",
    plumbing=True,
    columns=_columns(
        id="A number.",
        migration_set="The set that the migration belongs to.",
        name="The migration.",
        applied_at="When it was applied (UTC).",
    ),
)

WARC_FILES = Table(
    name="_warc_files",
    title="WARC files that were read",
    description="What the last rebuild has read: it need not be read again while it is the same.",
    plumbing=True,
    columns=_columns(
        name="The file, below the WARC directory.",
        size="Its size when it was read, in bytes.",
        changed="When it had been changed last (ns since 1970).",
        sha256="The sha256 of its bytes, in hex.",
        reader="By which parsers it was read.",
    ),
)

TABLES: tuple[Table, ...] = (
    QUESTIONS,
    VERSIONS,
    RESPONDERS,
    QUESTION_RESPONDERS,
    TOPICS,
    QUESTION_TOPICS,
    LINKS,
    CAPTURES,
    CRAWLS,
    FAILURES,
    WITHHELD,
    LISTINGS,
    MENTIONS,
    ANSWERS_PER_YEAR,
    COVERAGE,
    OPEN_FAILURES,
    CRAWL_SUMMARY,
    FTS,
    MIGRATIONS,
    WARC_FILES,
)

BY_NAME = MappingProxyType({table.name: table for table in TABLES})


def data_dictionary() -> str:
    """The data dictionary as Markdown: a section and a table of columns for each table."""
    return "\n\n".join(_section(table) for table in TABLES if not table.plumbing) + "\n"


def _section(table: Table) -> str:
    rows = "\n".join(
        f"| `{name}` | {meaning.replace('|', chr(92) + '|')} |"
        for name, meaning in table.columns.items()
    )
    return (
        f"## `{table.name}`: {table.title}{' (a view)' if table.view else ''}\n\n"
        f"{table.description}\n\n"
        f"| column | meaning |\n|---|---|\n{rows}"
    )
