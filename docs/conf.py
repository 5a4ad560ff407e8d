"""Sphinx configuration. Warnings are errors (see the Makefile)."""

project = "Housecall"
author = "The Housecall developers"
extensions = ["myst_parser"]
# Headings can be linked to as file.md#heading.
myst_heading_anchors = 3
html_theme = "furo"
html_title = "Housecall"
html_static_path: list[str] = []
exclude_patterns = ["_build"]
