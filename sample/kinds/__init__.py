"""Other kinds of sites than NetWellness, from the same words: one module a kind.

Like the pages of the site itself they are made up, and the same options give the same bytes.
Their markup is that of the software that they stand for.
"""
