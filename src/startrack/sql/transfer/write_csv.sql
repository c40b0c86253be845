-- Writes one table of an export as CSV.
copy (select * from query_table('csv_' || $name)) to $target (format csv, header true)
