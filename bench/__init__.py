"""Benchmarks and the cost model: `make bench`."""
