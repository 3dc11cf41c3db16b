"""Benchmarks that the documents quote: `make bench`."""
