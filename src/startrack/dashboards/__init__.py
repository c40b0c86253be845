"""The site: a report in, its files out."""
