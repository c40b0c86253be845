"""The length of a day, a week, a month and a year: every other module imports them from here."""

from datetime import timedelta
from typing import Final

__all__ = [
    "AVERAGE_MONTH",
    "AVERAGE_YEAR",
    "DAY",
    "MONTH",
    "WEEK",
]

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
MONTH: Final = timedelta(days=30)
"""The month of windows and of listing effects, so that every month has the same number of days."""

# The averages of the calendar, for ages that are shown in months or years.
AVERAGE_YEAR: Final = timedelta(days=365.2425)
AVERAGE_MONTH: Final = AVERAGE_YEAR / 12
