"""The canned queries behind the charts, so that a reader can check and reuse each figure.

They say in one query what :mod:`publish.charts.counts` counts in parts; a test compares the two.
"""

from __future__ import annotations

from publish.data.canned import CannedQuery

#: From how many characters on an answer counts in each bin: about the same step in proportion.
LENGTH_BOUNDS = (
    0, 50, 100, 150, 200, 250, 300, 400, 500, 600, 800, 1000, 1200, 1600, 2000, 2500, 3000, 4000,
    5000, 6000, 8000, 10000,
)  # fmt: skip

_BINS = ", ".join(f"({low})" for low in LENGTH_BOUNDS)

CHART_QUERIES: tuple[CannedQuery, ...] = (
    CannedQuery(
        "questions_by_year",
        "Questions by year",
        "How many questions were answered in each year. Those in the row without a year have no "
        "date on their page.",
        """
SELECT year, count(*) AS questions
FROM questions
GROUP BY year
ORDER BY year""",
    ),
    CannedQuery(
        "questions_by_topic",
        "Questions by topic",
        "How many questions each health topic has. A question with several topics counts under "
        "each.",
        """
SELECT t.name AS topic, count(DISTINCT qt.question_id) AS questions, '/topic/' || t.slug AS page
FROM question_topics qt
JOIN topics t ON t.id = qt.topic_id
GROUP BY t.id
ORDER BY questions DESC, t.name
LIMIT 1000""",
    ),
    CannedQuery(
        "institutions_by_year",
        "Answers by institution and year",
        "How many answers each institution gave in each year. An answer that people of several "
        "institutions signed counts for each.",
        """
SELECT qr.institution, q.year, count(DISTINCT qr.question_id) AS answers
FROM question_responders qr
JOIN questions q ON q.id = qr.question_id
WHERE qr.institution IS NOT NULL AND q.year IS NOT NULL
GROUP BY qr.institution, q.year
ORDER BY qr.institution, q.year
LIMIT 5000""",
    ),
    CannedQuery(
        "answer_lengths",
        "How long answers are",
        "Answers by their length in characters: from a length up to the next row's. The median "
        "stands in the row that it falls into. English words take about six characters, the "
        "space included.",
        f"""
WITH bound(low) AS (VALUES {_BINS}),
lengths AS (
  SELECT length(answer) AS characters, count(*) AS n
  FROM questions WHERE status = 'answered' GROUP BY 1),
running AS (
  SELECT characters, sum(n) OVER (ORDER BY characters) AS upto, sum(n) OVER () AS total
  FROM lengths),
middle AS (SELECT min(characters) AS median FROM running WHERE 2 * upto >= total),
binned AS (
  SELECT (SELECT max(low) FROM bound WHERE low <= characters) AS low, sum(n) AS answers
  FROM lengths GROUP BY 1)
SELECT bound.low AS from_characters, coalesce(binned.answers, 0) AS answers,
       CASE WHEN bound.low = (SELECT max(low) FROM bound, middle WHERE low <= median)
            THEN (SELECT median FROM middle) END AS median
FROM bound LEFT JOIN binned ON binned.low = bound.low
ORDER BY bound.low""",
    ),
    CannedQuery(
        "answers_of_length",
        "Answers of a length",
        "Answers with at least so many characters and fewer than so many, in the order in which "
        "they came into the archive.",
        """
SELECT q.title, length(q.answer) AS characters, q.year,
       '/q/' || q.site || '/' || q.source_id AS page
FROM questions q
WHERE q.status = 'answered'
  AND length(q.answer) >= coalesce(nullif(trim(:from), ''), '0') + 0
  AND length(q.answer) < coalesce(nullif(trim(:below), ''), '1000000000') + 0
LIMIT 200""",
        (("from", "0"), ("below", "no bound")),
    ),
    CannedQuery(
        "growth_by_month",
        "Growth of the archive",
        "How many questions were first captured in each month, and how many the archive then "
        "held in all.",
        """
SELECT substr(first_captured_at, 1, 7) AS month, count(*) AS new_questions,
       sum(count(*)) OVER (ORDER BY substr(first_captured_at, 1, 7)) AS held
FROM questions
GROUP BY 1
ORDER BY month
LIMIT 1000""",
    ),
    CannedQuery(
        "age_of_last_look",
        "How old the last look is",
        "Questions that have not gone from their site, by the days since their page was last "
        "captured: at least so many, and fewer than in the row before.",
        """
WITH age(from_days, below_days) AS (
  VALUES (0, 7), (7, 30), (30, 90), (90, 180), (180, 365), (365, 1000000)),
span AS (
  SELECT from_days, CASE WHEN from_days = 0 THEN '9999' ELSE
           strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-' || from_days || ' days') END AS upto,
         coalesce(strftime('%Y-%m-%dT%H:%M:%SZ', 'now', '-' || below_days || ' days'), '') AS since
  FROM age)
SELECT from_days,
       (SELECT count(*) FROM questions WHERE last_captured_at >= since AND last_captured_at < upto)
       - (SELECT count(*) FROM questions WHERE gone_at IS NOT NULL
          AND last_captured_at >= since AND last_captured_at < upto) AS questions, since, upto
FROM span
ORDER BY from_days""",
    ),
    CannedQuery(
        "latest_runs",
        "The last runs",
        "The last 30 runs: how each ended, how long it took, what it captured, what failed, and "
        "the alarms that it raised.",
        """
SELECT id, spider, started, outcome,
       round((julianday(finished) - julianday(started)) * 86400) AS seconds,
       (SELECT count(*) FROM captures WHERE crawl_id = crawls.id) AS captures,
       (SELECT count(*) FROM failures WHERE crawl_id = crawls.id) AS failures, alarms
FROM crawls
ORDER BY started DESC, id DESC
LIMIT 30""",
    ),
)
