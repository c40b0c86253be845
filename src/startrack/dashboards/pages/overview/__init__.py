"""The overview of all lists, or of one list."""
