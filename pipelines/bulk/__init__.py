"""Reading many WARC files with many processes, to Parquet shards, and loading these.

What reads (``spans``, ``work``, ``shards``) needs parsers/ and the reader only; what loads
(``load``) has the store.
"""
