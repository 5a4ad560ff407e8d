"""Web archives: their records and bytes, written and read."""
