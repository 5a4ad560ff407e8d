"""Threads: where the posts of a page stand, by what repeats on it."""
