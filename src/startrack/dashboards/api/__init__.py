"""The figures for programs, as JSON."""
