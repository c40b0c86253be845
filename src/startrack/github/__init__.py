"""Everything startrack asks GitHub: the HTTP client, the queries, the batches and the budgets of tokens."""

import logging

# Not on `startrack`: store/database warns of a broken database, which must reach stderr without a handler.
logging.getLogger(__name__).addHandler(logging.NullHandler())
