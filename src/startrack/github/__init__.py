"""GitHub as startrack sees it: a client, the queries, and counting in batches."""
