"""Atom feeds: the format, and what the feeds contain."""
