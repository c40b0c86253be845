"""Pages, tables and feeds: a report in, texts out; nothing here writes a file or asks the clock."""
