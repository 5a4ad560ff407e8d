-- A filter by one facet is answered by one of these indexes alone, with the counts of all
-- others: the rows are wide, and the columns of the facets stand behind the texts.
DROP INDEX questions_topic;
DROP INDEX questions_responder;
DROP INDEX questions_institution;
DROP INDEX questions_year;
CREATE INDEX questions_topic ON questions(topic_id, year, status, responder_id, institution);
CREATE INDEX questions_responder
    ON questions(responder_id, year, status, topic_id, institution);
CREATE INDEX questions_institution
    ON questions(institution, year, status, topic_id, responder_id);
CREATE INDEX questions_year ON questions(year, status, topic_id, responder_id, institution);
