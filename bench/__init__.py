"""Benchmarks: ratios measured side by side, in one run, with medians of interleaved rounds."""
