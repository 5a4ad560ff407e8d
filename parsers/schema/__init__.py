"""What pages describe for machines, by the vocabulary of schema.org, and where they show it."""
