"""startrack: star, fork and commit trends for the projects of an awesome list.

Requests, waits and retries are logged through stdlib `logging` under the logger `startrack`; they are shown only where
the user of the package (or `--verbose`) attaches a handler. Warnings go to stderr without one.
"""
