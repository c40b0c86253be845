"""What the options before the command say."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from startrack import output

if TYPE_CHECKING:
    from startrack.config import Config

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """What the options before the command say."""

    config: Path | None
    quiet: bool
    verbose: bool

    def say(self, text: str) -> None:
        """Tell the person at the terminal something that is not the product, in one line."""
        if not self.quiet:
            output.say(text)

    def load(self) -> "Config":
        """Return the configuration."""
        from startrack import config

        found = config.load(self.config)
        if found.schedule != config.ScheduleConfig():
            from startrack import schedule

            schedule.trigger(found.schedule)  # a wrong cron line is told by every command, not first at night
        return found
