"""Citations: from a question in the archive to what bibliographies take."""
