"""Calls a command or a webhook after a run, with how it ended.

A hook gets no token: neither in what it gets nor in its environment. A webhook's address may hold a secret, so only
its host is shown. Redirects are not followed: they could lead what is sent elsewhere.
"""

import json
import os
import re
import signal
import subprocess
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from startrack.config import Hook
from startrack.stopping import Stop

__all__ = ["Caller", "environment", "secrets"]

_SECRET_NAME = re.compile(r"(?:GITHUB|GH|ACTIONS|STARTRACK)_(?:.*_)?(?:TOKENS?|KEY)")
# A shorter value could be an ordinary word.
_MIN_SECRET_LENGTH = 8
_MAX_CAUSE_LENGTH = 200


def secrets(variables: Mapping[str, str]) -> frozenset[str]:
    """Return the values that no hook may get: those of GitHub's and startrack's own tokens and keys."""
    values = (part.strip() for name in variables if _SECRET_NAME.fullmatch(name) for part in variables[name].split(","))
    return frozenset(value for value in values if len(value) >= _MIN_SECRET_LENGTH)


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables without tokens and keys, also without those that hold one under another name."""
    hidden = secrets(variables)
    return {
        name: value
        for name, value in variables.items()
        if not _SECRET_NAME.fullmatch(name) and not any(secret in value for secret in hidden)
    }


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls hooks: commands run in a folder with `variables`, for at most so many `seconds`; `secrets` are cut out."""

    folder: Path
    variables: Mapping[str, str]
    seconds: float
    version: str
    stop: Stop
    secrets: Collection[str] = field(default=(), repr=False)

    def call(self, hook: Hook, payload: Mapping[str, object]) -> str | None:
        """Call a hook with a payload, as JSON, and return what went wrong, `None` if nothing did.

        A command reads it from its standard input; a webhook gets it as the body of a POST. Raises StoppedError if the
        process is asked to end meanwhile; a command is then ended too.
        """
        text = json.dumps(payload)  # ASCII only: what is invisible or changes direction is escaped
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return self._post(hook, text) if isinstance(hook, str) else self._run(hook, f"{text}\n")

    def _run(self, words: Sequence[str], text: str) -> str | None:
        try:
            process = subprocess.Popen(  # noqa: S603 - the user's own command, without a shell
                words,
                stdin=subprocess.PIPE,
                stdout=2,  # what a hook prints is no result of startrack's
                cwd=self.folder,
                env=dict(self.variables),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            return f"the command {words[0]!r} cannot be started: {getattr(error, 'strerror', error)}"
        try:
            self.stop.call(lambda: process.communicate(text.encode(), self.seconds))
        except subprocess.TimeoutExpired:
            return f"the command {words[0]!r} took longer than {self.seconds:.0f} s and was ended"
        finally:
            _end(process)
        return f"the command {words[0]!r} ended with code {process.returncode}" if process.returncode else None

    def _post(self, url: str, text: str) -> str | None:
        host = urlsplit(url).hostname
        headers = {"Content-Type": "application/json", "User-Agent": f"startrack/{self.version}"}

        def send() -> int:
            with (
                httpx.Client(timeout=self.seconds, follow_redirects=False) as client,
                client.stream("POST", url, content=text.encode(), headers=headers) as answer,
            ):
                return answer.status_code

        try:
            status = self.stop.call(send, self.seconds)
        except (TimeoutError, httpx.TimeoutException):
            return f"the webhook at {host} did not answer within {self.seconds:.0f} s"
        except httpx.TransportError as error:
            return f"the webhook at {host} cannot be reached: {str(error)[:_MAX_CAUSE_LENGTH]}"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            return f"the webhook at {host} cannot be called ({type(error).__name__})"
        if httpx.codes.is_success(status):
            return None
        note = "; redirects are not followed" if httpx.codes.is_redirect(status) else ""
        return f"the webhook at {host} answered with status {status}{note}"


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a command that still runs, with the processes that it has started."""
    if process.poll() is None:
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
        process.wait()
    if process.stdin:
        with suppress(OSError, ValueError):  # what the command did not read is dropped
            process.stdin.close()
