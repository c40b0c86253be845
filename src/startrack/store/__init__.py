"""History: day files on disk, and the DuckDB database that is rebuilt from them."""
