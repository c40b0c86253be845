"""Windows, ranking, series, sections: rows in, values out; nothing here reads or writes."""
