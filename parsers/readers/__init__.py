"""Readers: a page in, its questions and answers out, each reader by evidence of its own kind."""
