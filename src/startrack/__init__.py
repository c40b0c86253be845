"""startrack: star, fork and commit trends for the projects of an awesome list.

Requests, waits and retries are logged through stdlib `logging` under the logger `startrack`; nothing is shown unless
the user of the package (or `--verbose`) attaches a handler.
"""

import logging

logging.getLogger(__name__).addHandler(logging.NullHandler())
