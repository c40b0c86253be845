"""Parses lists: their formats, the projects that they link to, and the days on which projects were added."""
