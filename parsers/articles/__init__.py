"""Articles: where a blog's post stands on its page, who wrote it and when, who commented on it."""
