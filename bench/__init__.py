"""Measurements of speed, memory and quality: figures to read, not assertions."""
