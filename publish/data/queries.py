"""Canned queries: questions about the archive that need no SQL to ask.

Each is bounded (a LIMIT, or one row for each year or topic) and each parameter may be left
empty, in which case the query says in ``:name`` terms what it falls back to.
"""

from __future__ import annotations

from publish.data.canned import CannedQuery
from publish.data.chart_queries import CHART_QUERIES

_LINK = "'/q/' || q.site || '/' || q.source_id AS page"


QUERIES: tuple[CannedQuery, ...] = (
    CannedQuery(
        "questions_by_topic_and_year",
        "Questions by topic and year",
        "How many questions each health topic had answered in each year. Name a topic, or part "
        "of one, to see that alone.",
        """
SELECT t.name AS topic, q.year, count(DISTINCT q.id) AS questions
FROM question_topics qt
JOIN questions q ON q.id = qt.question_id
JOIN topics t ON t.id = qt.topic_id
WHERE q.year IS NOT NULL AND t.name LIKE '%' || trim(:topic) || '%'
GROUP BY t.id, q.year
ORDER BY t.name, q.year
LIMIT 5000""",
        (("topic", "all topics"),),
    ),
    CannedQuery(
        "most_active_responders",
        "Most active responders",
        "Who answered most, with the first and last year of their answers. Responders who share "
        "an answer each count it.",
        """
SELECT r.name, r.credentials, r.institution, count(DISTINCT q.id) AS answers,
       min(q.year) AS first_year, max(q.year) AS last_year, '/responder/' || r.id AS page
FROM question_responders qr
JOIN responders r ON r.id = qr.responder_id
JOIN questions q ON q.id = qr.question_id
WHERE coalesce(r.institution, '') LIKE '%' || trim(:institution) || '%'
GROUP BY r.id
ORDER BY answers DESC, r.name
LIMIT 200""",
        (("institution", "all institutions"),),
    ),
    CannedQuery(
        "answers_by_institution",
        "Answers by institution",
        "How many answers each institution gave, by how many people, in which years. The "
        "institution is taken as each page printed it.",
        """
SELECT coalesce(qr.institution, '(not given)') AS institution,
       count(DISTINCT qr.question_id) AS answers, count(DISTINCT qr.responder_id) AS people,
       min(q.year) AS first_year, max(q.year) AS last_year
FROM question_responders qr
JOIN questions q ON q.id = qr.question_id
GROUP BY qr.institution
ORDER BY answers DESC
LIMIT 500""",
    ),
    CannedQuery(
        "credentials_mix",
        "Who answers: the mix of credentials",
        "Answers by the credentials behind the name (a nurse, a physician, a pharmacist) and by "
        "institution.",
        """
SELECT CASE qr.credentials WHEN '' THEN '(none given)' ELSE qr.credentials END AS credentials,
       coalesce(qr.institution, '(not given)') AS institution,
       count(*) AS answers, count(DISTINCT qr.responder_id) AS people
FROM question_responders qr
GROUP BY 1, 2
ORDER BY answers DESC
LIMIT 500""",
    ),
    CannedQuery(
        "word_by_year",
        "A word through the years",
        "In how many questions a word stands each year, in the title, question or answer, and "
        "what share of that year's questions that is. Word forms count together (sleep, "
        "sleeping). Several words must all stand in a question.",
        """
WITH total AS (SELECT year, count(*) AS n FROM questions WHERE year IS NOT NULL GROUP BY year),
hit AS (
  SELECT q.year, count(*) AS n FROM questions q
  WHERE q.year IS NOT NULL AND q.id IN (
    SELECT rowid FROM questions_fts
    WHERE questions_fts MATCH fts_words(coalesce(nullif(trim(:word), ''), 'pain')))
  GROUP BY q.year)
SELECT total.year, coalesce(hit.n, 0) AS with_the_word, total.n AS questions,
       round(100.0 * coalesce(hit.n, 0) / total.n, 1) AS percent
FROM total LEFT JOIN hit ON hit.year = total.year
ORDER BY total.year""",
        (("word", "pain"),),
    ),
    CannedQuery(
        "longest_answers",
        "Longest answers",
        "The answers with the most characters, longest first. Give a topic, or part of its "
        "name, to stay within it.",
        f"""
SELECT q.title, length(q.answer) AS characters, t.name AS topic, r.name AS responder, q.year,
       {_LINK}
FROM questions q
LEFT JOIN topics t ON t.id = q.topic_id
LEFT JOIN responders r ON r.id = q.responder_id
WHERE q.status = 'answered' AND coalesce(t.name, '') LIKE '%' || trim(:topic) || '%'
ORDER BY characters DESC
LIMIT 100""",
        (("topic", "all topics"),),
    ),
    CannedQuery(
        "answer_length_by_year",
        "How long answers are, by year",
        "The mean length in characters of questions and of answers, year by year.",
        """
SELECT year, count(*) AS answers, round(avg(length(question))) AS question_characters,
       round(avg(length(answer))) AS answer_characters
FROM questions
WHERE status = 'answered' AND year IS NOT NULL
GROUP BY year
ORDER BY year""",
    ),
    CannedQuery(
        "unanswered_questions",
        "Questions without an answer",
        "Pages that show a question and no answer, newest capture first.",
        f"""
SELECT q.title, t.name AS topic, q.last_captured_at, {_LINK}
FROM questions q
LEFT JOIN topics t ON t.id = q.topic_id
WHERE q.status = 'unanswered'
ORDER BY q.last_captured_at DESC, q.id
LIMIT 500""",
    ),
    CannedQuery(
        "answered_by_several",
        "Questions answered by several people",
        "Questions under which more than one person signed, with all their names.",
        f"""
SELECT q.title, count(*) AS people, group_concat(qr.name, '; ') AS responders, q.year, {_LINK}
FROM (SELECT question_id, name FROM question_responders
      WHERE question_id IN (SELECT question_id FROM question_responders WHERE position = 1)
      ORDER BY question_id, position) qr
JOIN questions q ON q.id = qr.question_id
GROUP BY q.id
ORDER BY people DESC, q.id
LIMIT 500""",
    ),
    CannedQuery(
        "changed_texts",
        "Questions whose text changed",
        "Pages that had more than one text in the archive: revised answers, late answers, "
        "corrected titles. Latest change first.",
        f"""
SELECT q.title, q.versions, q.first_captured_at, q.last_changed_at, {_LINK}
FROM questions q
WHERE q.versions > 1
ORDER BY q.last_changed_at DESC, q.id
LIMIT 500""",
    ),
    CannedQuery(
        "gone_from_the_site",
        "Kept here, gone there",
        "Questions that the site has withdrawn since they were captured.",
        f"""
SELECT q.title, q.year, q.gone_at, q.last_captured_at, {_LINK}
FROM questions q
WHERE q.gone_at IS NOT NULL
ORDER BY q.gone_at DESC, q.id
LIMIT 500""",
    ),
    CannedQuery(
        "confirmed_by_several_sources",
        "Confirmed by several sources",
        "Questions whose present text was captured, word for word, from more than one source: "
        "the live site, the Wayback Machine, Common Crawl, imported files. Name a source (live, "
        "wayback, commoncrawl, warc, wet, file) to see those that it confirms.",
        f"""
SELECT q.title, q.year, q.sources, json_array_length(q.sources) AS how_many, {_LINK}
FROM questions q
WHERE json_array_length(q.sources) > 1 AND q.sources LIKE '%"' || trim(:source) || '%'
ORDER BY how_many DESC, q.id
LIMIT 500""",
        (("source", "any source"),),
    ),
    CannedQuery(
        "what_failed_and_why",
        "What failed, and why",
        "Failures that still stand (no later capture was good), grouped by stage, field and "
        "reason, with an address to look at.",
        """
SELECT stage, field, reason, count(*) AS pages, min(url) AS example,
       max(occurred_at) AS last_occurred
FROM open_failures
GROUP BY stage, field, reason
ORDER BY pages DESC
LIMIT 500""",
    ),
    CannedQuery(
        "low_confidence",
        "Records to review",
        "Questions that the parser was unsure about, least sure first, with what was uncertain. "
        "The bound is a confidence from 0 to 1.",
        f"""
SELECT q.title, q.confidence, q.warnings, q.parser, {_LINK}
FROM questions q
WHERE q.confidence < coalesce(nullif(trim(:below), ''), '1') + 0
ORDER BY q.confidence, q.id
LIMIT 500""",
        (("below", "1"),),
    ),
    CannedQuery(
        "coverage_by_site",
        "Coverage and freshness by site",
        "For each site: how many questions are held, how many are answered, dated or gone, and "
        "when the oldest and newest captures were made.",
        """
SELECT * FROM coverage
ORDER BY questions DESC""",
    ),
    CannedQuery(
        "captures_by_month",
        "Captures by month and status",
        "What the servers answered, month by month: the health of the crawls.",
        """
SELECT substr(captured_at, 1, 7) AS month, source, status, count(*) AS captures,
       sum(length) AS bytes_kept
FROM captures
GROUP BY 1, 2, 3
ORDER BY month DESC, captures DESC
LIMIT 1000""",
    ),
    CannedQuery(
        "links_recommended",
        "Where readers were sent",
        "The addresses most often offered as further reading, and under how many questions.",
        """
SELECT url, count(DISTINCT question_id) AS questions, min(text) AS example_text
FROM links
WHERE url LIKE '%' || trim(:address) || '%'
GROUP BY url
ORDER BY questions DESC, url
LIMIT 500""",
        (("address", "any address"),),
    ),
    *CHART_QUERIES,
)
