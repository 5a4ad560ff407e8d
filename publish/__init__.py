"""Publish: Datasette over archive.db, with Housecall's own pages in front of it."""
