"""Figures, dates, reasons and events in words, shared by pages, tables, feeds and the terminal."""
