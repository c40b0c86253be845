"""Everything startrack asks GitHub: the HTTP client, the queries, the batches and the budgets of tokens."""
