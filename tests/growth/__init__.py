"""How the time of reading a page grows with the page, for pages made to be slow to read."""
