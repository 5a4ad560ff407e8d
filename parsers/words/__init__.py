"""The words by which readers know the parts of a page: phrases, by kind and language."""
