"""Damage to archive.db: rows that are not what the records say, and broken pages."""

from __future__ import annotations

from pipelines.warc.damage import FindingKind
from tests.pipelines.verify.damage import DAMAGE, Archive, Plant, Planted, plants

#: Column of ``captures``: (SQL for its new value, kinds that may be found).
_COLUMNS = {
    "record_id": ("'urn:uuid:0'", {FindingKind.NO_ROW}),
    "url": ("'http://127.0.0.1/x'", {FindingKind.ROW}),
    "canonical_url": ("'http://127.0.0.1/x'", {FindingKind.ROW}),
    "captured_at": ("'2020-01-01T00:00:00.000000Z'", {FindingKind.ROW}),
    "status": ("201", {FindingKind.ROW}),
    "content_type": ("'text/x'", {FindingKind.ROW}),
    "digest": ("'sha1:X'", {FindingKind.ROW}),
    "warc_file": ("'gone.warc.gz'", {FindingKind.ROW, FindingKind.NO_ROW}),
    "offset": ('"offset" + 1', {FindingKind.ROW}),
    "length": ("length - 1", {FindingKind.ROW}),
    "source": ("'wayback'", {FindingKind.ROW}),
    "revisit_of": ("'urn:uuid:0'", {FindingKind.ROW}),
    "truncated": ("'length'", {FindingKind.ROW}),
    "etag": ("'x'", {FindingKind.ROW}),
    "last_modified": ("'x'", {FindingKind.ROW}),
    "robots": ("'noindex'", {FindingKind.ROW}),
    "crawl_id": ("(SELECT id FROM crawls WHERE id != crawl_id)", {FindingKind.ROW}),
}


def _with_value(column: str, value: str, kinds: set[FindingKind]) -> Plant:
    def plant(archive: Archive) -> Planted:
        archive.sql(
            f'UPDATE captures SET "{column}" = {value} WHERE record_id = ?',
            values=(archive.response.record_id,),
        )
        return archive.here(*kinds)

    return plant


for _column, (_value, _kinds) in _COLUMNS.items():
    DAMAGE[f"row_with_another_{_column}"] = _with_value(_column, _value, _kinds)


@plants
def row_deleted(archive: Archive) -> Planted:
    archive.sql("DELETE FROM captures WHERE record_id = ?", values=(archive.response.record_id,))
    return archive.here(FindingKind.NO_ROW)


@plants
def row_without_evidence(archive: Archive) -> Planted:
    archive.sql(
        """INSERT INTO captures (record_id, url, canonical_url, captured_at, status, content_type,
            digest, warc_file, offset, length, source, crawl_id)
        SELECT 'urn:uuid:0', url, canonical_url, captured_at, status, content_type, digest,
            warc_file, offset + 3, length, source, crawl_id FROM captures WHERE record_id = ?""",
        values=(archive.response.record_id,),
    )
    return archive.here(FindingKind.NO_RECORD, at=archive.response.offset + 3)


def _failed(archive: Archive) -> tuple[str, int]:
    """The record id and offset of a capture that counts as a failure."""
    for record in archive.records:
        if record.http is not None and record.http.status == 404:
            return record.record_id, record.offset
    raise AssertionError("the crawl met no page that is gone")


@plants
def failure_deleted(archive: Archive) -> Planted:
    record_id, offset = _failed(archive)
    archive.sql("DELETE FROM failures WHERE record_id = ?", values=(record_id,))
    return archive.here(FindingKind.NO_ROW, at=offset)


@plants
def failure_with_another_reason(archive: Archive) -> Planted:
    record_id, offset = _failed(archive)
    archive.sql("UPDATE failures SET reason = 'x' WHERE record_id = ?", values=(record_id,))
    return archive.here(FindingKind.ROW, at=offset)


@plants
def failure_of_another_capture(archive: Archive) -> Planted:
    archive.sql("UPDATE failures SET capture_id = capture_id + 1 WHERE capture_id IS NOT NULL")
    return archive.in_archive(FindingKind.DATABASE)


@plants
def failure_without_evidence(archive: Archive) -> Planted:
    archive.sql(
        """INSERT INTO failures
            (url, canonical_url, occurred_at, stage, reason, record_id, crawl_id)
        SELECT 'http://x/', 'http://x/', '2020', 'fetch', 'x', 'urn:uuid:0', id FROM crawls
        LIMIT 1"""
    )
    return archive.in_archive(FindingKind.NO_RECORD)


@plants
def not_gone(archive: Archive) -> Planted:
    record_id, offset = _failed(archive)
    archive.sql("UPDATE captures SET gone = 0 WHERE record_id = ?", values=(record_id,))
    return archive.here(FindingKind.ROW, at=offset)


@plants
def crawl_deleted(archive: Archive) -> Planted:
    archive.sql("DELETE FROM crawls WHERE id = (SELECT min(id) FROM crawls)")
    return archive.here(FindingKind.NO_ROW, at=0)


@plants
def crawl_of_another_spider(archive: Archive) -> Planted:
    archive.sql("UPDATE crawls SET spider = 'x'")
    return archive.here(FindingKind.ROW, at=0)


@plants
def crawl_that_never_was(archive: Archive) -> Planted:
    archive.sql("INSERT INTO crawls (uid, spider) VALUES ('x', 'netwellness')")
    return archive.in_archive(FindingKind.NO_RECORD)


@plants
def crawl_that_has_not_finished(archive: Archive) -> Planted:
    archive.sql("UPDATE crawls SET finished = NULL")
    return archive.here(FindingKind.ROW, record=archive.records[-1])


@plants
def search_index_row_removed(archive: Archive) -> Planted:
    archive.sql(
        """INSERT INTO questions_fts(questions_fts, rowid, title, question, answer)
        SELECT 'delete', id, title, question, answer FROM questions LIMIT 1"""
    )
    return archive.in_archive(FindingKind.INDEX)


@plants
def text_changed_behind_the_search_index(archive: Archive) -> Planted:
    archive.sql(
        "DROP TRIGGER questions_fts_update",
        "UPDATE questions SET answer = answer || ' nevermore'",
    )
    return archive.in_archive(FindingKind.INDEX)


@plants
def question_of_a_missing_capture(archive: Archive) -> Planted:
    archive.sql(
        "UPDATE questions SET capture_id = 999999 WHERE id = (SELECT min(id) FROM questions)"
    )
    return archive.in_archive(FindingKind.DATABASE)


@plants
def question_of_another_capture(archive: Archive) -> Planted:
    archive.sql(
        """UPDATE questions SET capture_id =
            (SELECT capture_id FROM questions ORDER BY id DESC LIMIT 1)
        WHERE id = (SELECT min(id) FROM questions)"""
    )
    return archive.in_archive(FindingKind.DATABASE)


@plants
def version_of_a_missing_capture(archive: Archive) -> Planted:
    archive.sql("UPDATE versions SET first_capture_id = 999999")
    return archive.in_archive(FindingKind.DATABASE)


@plants
def version_with_another_text(archive: Archive) -> Planted:
    archive.sql("UPDATE versions SET record = replace(record, 'e', 'a')")
    return archive.in_archive(FindingKind.DATABASE)


@plants
def version_with_other_words(archive: Archive) -> Planted:
    archive.sql("UPDATE versions SET words = 'x' WHERE id = (SELECT min(id) FROM versions)")
    return archive.in_archive(FindingKind.DATABASE)


@plants
def question_with_another_number_of_texts(archive: Archive) -> Planted:
    archive.sql("UPDATE questions SET versions = versions + 1 WHERE id = 1")
    return archive.in_archive(FindingKind.DATABASE)


@plants
def question_with_another_source(archive: Archive) -> Planted:
    archive.sql("""UPDATE questions SET sources = '["live","wayback"]' WHERE id = 1""")
    return archive.in_archive(FindingKind.DATABASE)


@plants
def text_rendering_apart_from_its_page(archive: Archive) -> Planted:
    archive.sql(
        """INSERT INTO versions
        SELECT (SELECT max(id) + 1 FROM versions), question_id, part, digest || 'x', words, title,
            question, answer, record, members, first_capture_id, last_capture_id
        FROM versions WHERE id = 1""",
        "UPDATE versions SET digest = digest || 'y' WHERE id = (SELECT max(id) FROM versions)",
    )
    return archive.in_archive(FindingKind.DATABASE)


@plants
def mention_without_a_page(archive: Archive) -> Planted:
    archive.sql("INSERT INTO mentions VALUES ('netwellness', '1', 'urn:uuid:0', 'http://x/')")
    return archive.in_archive(FindingKind.DATABASE)


@plants
def page_of_the_database_broken(archive: Archive) -> Planted:
    archive.sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def change(data: bytearray) -> None:
        size = int.from_bytes(data[16:18], "big") or 65536
        data[20 * size] ^= 0x40  # the kind of a page of a tree

    archive.edit(change, archive.database)
    return archive.in_archive(FindingKind.DATABASE)


@plants
def database_cut(archive: Archive) -> Planted:
    archive.edit(lambda data: data.__delitem__(slice(len(data) // 2, None)), archive.database)
    return archive.in_archive(FindingKind.DATABASE)


@plants
def database_missing(archive: Archive) -> Planted:
    for path in archive.folder.glob("archive.db*"):
        path.unlink()
    return archive.in_archive(FindingKind.DATABASE)


@plants
def database_is_text(archive: Archive) -> Planted:
    archive.database.write_text("not a database, but long enough to be one " * 100)
    return archive.in_archive(FindingKind.DATABASE)
