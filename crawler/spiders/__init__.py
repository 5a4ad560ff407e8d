"""One small file a source."""
