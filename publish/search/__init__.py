"""Search: from what a reader types to ranked questions, facet counts, and neighbours."""
