"""The public snapshot: a folder with the archive, its exports and their descriptions.

:func:`publish.snapshot.make.publish` makes one; ``scrapy publish`` is its command.
"""
