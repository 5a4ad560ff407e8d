"""Questions and answers as files: CSV, JSON Lines and Parquet, all rows, row after row.

The same code writes what a reader downloads (:mod:`publish.pages.export_page`) and what a
snapshot holds (:mod:`publish.snapshot`).
"""
