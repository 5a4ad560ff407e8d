"""Kills crawls at every moment that matters, and looks at what they leave."""
