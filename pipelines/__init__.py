"""Keeps: WARC files, which are the truth, and archive.db, which is derived from them."""
