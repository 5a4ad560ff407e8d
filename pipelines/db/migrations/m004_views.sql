-- Views: answers per year, coverage per site, open failures, runs with their counts.
CREATE VIEW answers_per_year AS
    SELECT year, site, institution, count(*) AS answers,
        count(DISTINCT responder_id) AS responders, count(DISTINCT topic_id) AS topics
    FROM questions WHERE status = 'answered'
    GROUP BY year, site, institution;
CREATE VIEW coverage AS
    SELECT site, count(*) AS questions,
        sum(status = 'answered') AS answered, sum(status = 'unanswered') AS unanswered,
        sum(answered_on IS NOT NULL) AS dated, sum(responder_id IS NOT NULL) AS with_responder,
        sum(topic_id IS NOT NULL) AS with_topic, sum(gone_at IS NOT NULL) AS gone,
        sum(versions > 1) AS changed, sum(confidence < 0.8) AS low_confidence,
        min(first_captured_at) AS first_captured_at, max(last_captured_at) AS last_captured_at
    FROM questions GROUP BY site;
CREATE VIEW open_failures AS
    SELECT id, url, occurred_at, stage, field, reason, record_id, capture_id, crawl_id
    FROM failures WHERE resolved_by IS NULL;
CREATE VIEW crawl_summary AS
    SELECT crawls.id, spider, started, finished, outcome,
        (SELECT count(*) FROM captures WHERE crawl_id = crawls.id) AS captures,
        (SELECT count(*) FROM captures WHERE crawl_id = crawls.id AND version_id IS NOT NULL)
            AS pages,
        (SELECT count(*) FROM failures WHERE crawl_id = crawls.id) AS failures
    FROM crawls;
