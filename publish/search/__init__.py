"""Finding: from what a reader types to ranked questions, counts beside them, and neighbours."""
