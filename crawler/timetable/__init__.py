"""When crawls run: the schedule, what is due, and the record of what was run."""
