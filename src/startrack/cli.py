"""The commands: each builds the configuration, makes one call of the pipeline, prints the product, says what next."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from startrack.errors import ConfigError, GitHubError, StartrackError, WriteError
from startrack.models import Reason, Window
from startrack.trends.ranking import By

if TYPE_CHECKING:
    from startrack import backfill as backfill_
    from startrack import pipeline
    from startrack.config import Config
    from startrack.github.client import Client
    from startrack.render import formats

__all__ = ["app", "main"]

_FAILURES = 1
_MAX_WAIT = 15.0
_GITHUBS_BEGINNING, _FAR = 2008, 3000

app = typer.Typer(
    name="startrack",
    help="Star, fork and commit trends for the projects of an awesome list.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the options before the command say."""

    config: Path | None
    quiet: bool
    verbose: bool

    def say(self, text: str) -> None:
        """Tell the person at the terminal something that is not the product."""
        if not self.quiet:
            sys.stderr.write(f"{text}\n")

    def load(self) -> "Config":
        """Return the configuration."""
        from startrack import config

        found = config.load(self.config)
        if found.schedule != config.ScheduleConfig():
            from startrack import schedule

            schedule.trigger(found.schedule)  # a wrong cron line is told by every command, not first at night
        return found


Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SOURCE",
        help="Lists: a file, a URL, OWNER/NAME[:PATH] on GitHub, or a name from the configuration.",
        show_default=False,
    ),
]
FormatOption = Annotated[str, typer.Option("--format", metavar="table|json|csv|markdown", help="How rows are written.")]
TakenAt = Annotated[
    str | None,
    typer.Option(
        "--taken-at", metavar="T", help="Record the counts as taken at this instant (ISO 8601, UTC) instead of now."
    ),
]
MaxWait = Annotated[
    float,
    typer.Option(
        "--max-wait",
        metavar="MINUTES",
        min=0,
        help="End the run early, keeping what was counted, where GitHub asks for a longer wait.",
    ),
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", metavar="T", help="Speak for this instant (ISO 8601, UTC) instead of the last count."),
]


def main() -> None:
    """Run the command line; each error of ours is one line on stderr and the exit code of its class."""
    try:
        app(prog_name="startrack")
    except StartrackError as error:
        sys.stderr.write(f"startrack: {error}\n")
        sys.exit(error.exit_code)


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
    if wanted:
        typer.echo(version("startrack"))
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="FILE", help="Configuration to use instead of startrack.toml.", show_default=False
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but the product and errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Name every project that was not counted.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Star, fork and commit trends for the projects of an awesome list.

    \b
    Examples:
      startrack demo                     the whole of it, offline, on real figures
      startrack update README.md         count every project of a list, build its dashboards
      startrack trending --window 7d     what is rising this week
    """
    if quiet and verbose:
        raise ConfigError("--quiet and --verbose exclude each other; leave one out")
    context.obj = Settings(config, quiet, verbose)


@app.command(name="list")
def list_(context: typer.Context, sources: Sources = None, form: FormatOption = "table") -> None:
    """Print the projects found in lists.

    \b
    Examples:
      startrack list README.md
      startrack list vinta/awesome-python --format json
    """
    from startrack import pipeline
    from startrack.render import formats, rankings

    chosen_form = _format(form)
    settings: Settings = context.obj
    config = pipeline.chosen(settings.load(), sources or [])
    with _client(config) as client:
        found, problems = pipeline.read_lists(config, client)
    if not found and problems:
        raise problems[0]
    typer.echo(formats.write(rankings.entries(found), chosen_form))
    settings.say(f"{sum(len(each.entries) for each in found):,} projects in {len(found)} list(s)")
    _end([str(problem) for problem in problems])


@app.command()
def snapshot(
    context: typer.Context, sources: Sources = None, taken_at: TakenAt = None, max_wait: MaxWait = _MAX_WAIT
) -> None:
    """Count every project of the lists once, into the day file and the database.

    \b
    Examples:
      startrack snapshot README.md
      startrack snapshot --taken-at 2026-11-23T03:17:00
    """
    settings: Settings = context.obj
    taken = _snapshot(settings, settings.load(), sources or [], taken_at, max_wait)
    settings.say("next: `startrack trending`, or `startrack build` for the dashboards")
    _end(taken.problems)


@app.command()
def backfill(
    context: typer.Context,
    sources: Sources = None,
    pages: Annotated[
        int, typer.Option("--pages", metavar="N", min=1, help="Pages of 30 weeks for each project in this pass.")
    ] = 1,
    every: Annotated[bool, typer.Option("--all", help="All pages, back to each project's creation.")] = False,
    budget: Annotated[
        int | None, typer.Option(metavar="CALLS", min=0, help="Spend at most so many calls.", show_default=False)
    ] = None,
    reserve: Annotated[
        int | None,
        typer.Option(
            metavar="CALLS", min=0, help="Leave so many of the hour's calls; 100 unless given.", show_default=False
        ),
    ] = None,
) -> None:
    """Fetch the stars and commits of the past: stars by the day they were given, as far as they were kept.

    Projects never asked for come first, then those with older weeks still to come, then the oldest answers.
    It may be stopped at any moment; the next pass goes on from there.

    \b
    Examples:
      startrack backfill README.md
      startrack backfill --all --budget 500
    """
    from startrack import backfill as filling
    from startrack import pipeline

    settings: Settings = context.obj
    config = pipeline.chosen(settings.load(), sources or [])
    with _client(config) as client, _progress(settings, "fetching") as progress:
        usual = 100 if client.tokens.authorized else 0  # of sixty calls, none can be kept for later
        effort = filling.Effort(None if every else pages, budget, usual if reserve is None else reserve)
        client.tokens.reserve = min(client.tokens.reserve, effort.reserve)
        filled = filling.run(config, client, _now(), effort, progress)
    _say_filled(settings, filled)
    _end(filled.problems)


@app.command()
def update(
    context: typer.Context, sources: Sources = None, taken_at: TakenAt = None, max_wait: MaxWait = _MAX_WAIT
) -> None:
    """Take a snapshot, fetch some of the past, build dashboards and README tables: what the Action runs.

    \b
    Examples:
      startrack update README.md
      startrack --quiet update
    """
    settings: Settings = context.obj
    _end(_update(settings, settings.load(), sources or [], taken_at, max_wait))


@app.command()
def build(
    context: typer.Context,
    as_of: AsOf = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 where something is out of date.")
    ] = False,
) -> None:
    """Build dashboards and README tables from what was counted.

    \b
    Examples:
      startrack build
      startrack build --check
    """
    from startrack import pipeline

    settings: Settings = context.obj
    config = settings.load()
    built = pipeline.build(config, _instant(as_of), check=check)
    if not check:
        _say_built(settings, config, built)
        return
    for path in built.changed:
        typer.echo(path)
    if built.changed:
        settings.say(f"{len(built.changed)} of {built.total} files are out of date; run `startrack build`")
        raise typer.Exit(_FAILURES)


@app.command()
def trending(
    context: typer.Context,
    window: Annotated[str, typer.Option(metavar="DAYS", help="Over which days, such as 7d.")] = "30d",
    by: Annotated[
        str | None,
        typer.Option(
            metavar="|".join(By), help="What to rank by; the configuration's sort unless given.", show_default=False
        ),
    ] = None,
    list_name: Annotated[str | None, typer.Option("--list", metavar="L", help="Only this list.")] = None,
    section: Annotated[str | None, typer.Option(metavar="S", help="Only sections of this heading.")] = None,
    limit: Annotated[int | None, typer.Option(metavar="N", min=1, help="Only the first N.")] = None,
    as_of: AsOf = None,
    form: FormatOption = "table",
) -> None:
    """Print which projects move most.

    \b
    Examples:
      startrack trending
      startrack trending --window 7d --by gain --limit 10
      startrack trending --format json
    """
    from startrack import pipeline
    from startrack.render import formats, rankings

    chosen_form = _format(form)
    settings: Settings = context.obj
    asked = pipeline.Ranking(_window(window), By(_by(by)) if by else None, list_name, section, limit)
    rows = pipeline.trending(settings.load(), asked, _instant(as_of))
    if chosen_form in (formats.Format.TABLE, formats.Format.MARKDOWN):
        rows = rankings.narrow(rows)
    typer.echo(formats.write(rows, chosen_form))
    if not rows.rows:
        settings.say("nothing has been counted yet; run `startrack snapshot`")


@app.command()
def schedule(
    context: typer.Context,
    serve: Annotated[
        int | None, typer.Option(metavar="PORT", min=1, max=65535, help="Serve the dashboards on this port too.")
    ] = None,
) -> None:
    """Run `update` on the configured cron until stopped.

    \b
    Examples:
      startrack schedule
      startrack schedule --serve 8000
    """
    from startrack import pipeline
    from startrack import schedule as scheduling

    settings: Settings = context.obj
    config = pipeline.chosen(settings.load(), [])
    last = pipeline.last_run(config)
    with _serving(config, serve, settings):
        scheduling.run(
            config.schedule, lambda: _update_or_say(settings, config), last.started_at if last else None, settings.say
        )


@app.command()
def demo(
    context: typer.Context,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to build it.")] = Path("demo-output"),
) -> None:
    """Replay real history through a GitHub on this machine: offline, without a token.

    \b
    Examples:
      startrack demo
      startrack demo --out /tmp/startrack-demo
    """
    try:
        from startrack.demo import replay
    except ModuleNotFoundError as error:
        raise ConfigError(f"the demo needs {error.name}; install startrack with its extra `demo`") from error

    settings: Settings = context.obj
    shown = replay.run(out, settings.say)
    typer.echo(shown)


# ── Shared ───────────────────────────────────────────────────────────────────────────────────────────────


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        found = found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"{text!r} is no instant; write it like 2026-11-23 or 2026-11-23T03:17:00") from error
    if not _GITHUBS_BEGINNING <= found.year < _FAR:
        raise ConfigError(f"{text!r} lies too far away; GitHub began in {_GITHUBS_BEGINNING}")
    return found.replace(microsecond=0)


def _window(text: str) -> Window:
    days = text.removesuffix("d")
    if not days.isdecimal() or days == text or not 0 < int(days) <= 3650:  # noqa: PLR2004 - ten years
        raise ConfigError(f'{text!r} is no window; write a number of days up to 3650, like "30d"')
    return Window(int(days))


def _by(text: str) -> str:
    if text not in list(By):
        raise ConfigError(f"there is no ranking by {text!r}; known are {', '.join(By)}")
    return text


def _format(text: str) -> "formats.Format":
    from startrack.render import formats

    if text not in list(formats.Format):
        raise ConfigError(f"there is no format {text!r}; known are {', '.join(formats.Format)}")
    return formats.Format(text)


def _client(config: "Config", max_wait: float = _MAX_WAIT) -> "Client":
    from startrack.github import app, tokens
    from startrack.github.client import Client, Endpoints

    default = Endpoints()
    several = os.environ.get("STARTRACK_TOKENS", "").split(",")
    own = os.environ.get("GITHUB_TOKEN") or os.environ.get("GH_TOKEN")
    return Client(
        Endpoints(
            config.github.api_url or os.environ.get("GITHUB_API_URL") or default.api,
            config.github.graphql_url or os.environ.get("GITHUB_GRAPHQL_URL") or default.graphql,
        ),
        tokens.of([*several, own], config.github.reserve, app.of(os.environ)),
        version=version("startrack"),
        max_wait=60.0 * max_wait,
    )


def _snapshot(
    settings: Settings, config: "Config", sources: Sequence[str], taken_at: str | None, max_wait: float
) -> "pipeline.Taken":
    from startrack import pipeline

    config = pipeline.chosen(config, sources)
    started_at = _instant(taken_at) or _now()
    if started_at > _now():
        raise ConfigError(f"--taken-at {taken_at} lies in the future: counts are taken at the latest now")
    with _client(config, max_wait) as client, _progress(settings) as progress:
        if not client.tokens.authorized:
            settings.say("no token: counting by REST, within the 60 calls an hour that GitHub gives everybody")
        taken = pipeline.snapshot(config, client, started_at, _now, progress)
    _say_taken(settings, taken)
    return taken


def _update(
    settings: Settings, config: "Config", sources: Sequence[str], taken_at: str | None, max_wait: float
) -> Sequence[str]:
    """Snapshot, back-fill, build and tell; return what is worth a look."""
    from startrack import pipeline

    counted = pipeline.chosen(config, sources)
    taken = _snapshot(settings, counted, [], taken_at, max_wait)
    problems = _filled(settings, counted, _instant(taken_at) or _now(), max_wait)
    config = pipeline.published(config, counted)
    built = pipeline.build(config, None)
    _say_built(settings, config, built)
    _write_summary(config)
    return [*taken.problems, *problems]


def _filled(settings: Settings, config: "Config", at: datetime, max_wait: float) -> Sequence[str]:
    """Spend what a snapshot has left on the past; whatever goes wrong with it, the pages are built all the same."""
    from startrack import backfill as filling

    with _client(config, max_wait) as client:
        if not client.tokens.authorized:
            settings.say("no token: the past is left to `startrack backfill`")
            return ()
        try:
            filled = filling.run(config, client, at, filling.OF_AN_UPDATE)
        except GitHubError as error:
            return (f"the past was not fetched: {error}",)
    _say_filled(settings, filled)
    return filled.problems


def _update_or_say(settings: Settings, config: "Config") -> None:
    """Run an update of the schedule; a failure is told, and the next one is tried all the same."""
    try:
        problems = _update(settings, config, [], None, _MAX_WAIT)
    except StartrackError as error:
        problems = [str(error)]
    for problem in problems:
        sys.stderr.write(f"startrack: {problem}\n")


@contextmanager
def _serving(config: "Config", port: int | None, settings: Settings) -> Iterator[None]:
    if port is None:
        yield
        return
    try:
        from startrack import serve
    except ModuleNotFoundError as error:
        raise ConfigError(f"--serve needs {error.name}; install startrack with its extra `serve`") from error
    with serve.serving(config.dashboards_folder, port):
        settings.say(f"serving {config.dashboards_folder} at http://127.0.0.1:{port}/")
        yield


def _say_taken(settings: Settings, taken: "pipeline.Taken") -> None:
    from startrack.render import formats, rankings, words

    run = taken.run
    settings.say(f"counted {run.counted:,} of {run.asked:,} projects with {run.requests:,} requests")
    if settings.verbose:
        settings.say(formats.write(rankings.costs(run), formats.Format.TABLE))
    for reason in Reason:
        names = [each.asked for each in taken.missing if each.reason is reason]
        shown = names if settings.verbose else names[:5]
        if names:
            more = f" and {len(names) - len(shown)} more (--verbose names all)" if len(shown) < len(names) else ""
            settings.say(f"not counted, {words.briefly(reason)}: {', '.join(shown)}{more}")
    for news in taken.news:
        settings.say(str(news))


def _say_filled(settings: Settings, filled: "backfill_.Filled") -> None:
    if not filled.known:
        settings.say("nothing has been counted yet; run `startrack snapshot` first")
        return
    settings.say(
        f"asked for the past of {filled.known:,} projects: {filled.fetched:,} new answers, "
        f"{filled.unchanged:,} unchanged, {filled.calls:,} calls"
    )
    if filled.stopped:
        settings.say(f"stopped: {filled.stopped}; the next pass goes on")
    elif filled.begun:
        settings.say(f"{filled.begun:,} have older weeks to come; the next pass goes on, or one with --all")


def _say_built(settings: Settings, config: "Config", built: "pipeline.Built") -> None:
    settings.say(f"{len(built.changed)} of {built.total} files changed; open {config.dashboards_folder / 'index.html'}")


def _end(problems: Sequence[str]) -> None:
    """Exit with 1 where something is worth a look, naming it; `--quiet` does not silence that."""
    for problem in problems:
        sys.stderr.write(f"startrack: {problem}\n")
    if problems:
        raise typer.Exit(_FAILURES)


@contextmanager
def _progress(settings: Settings, doing: str = "counting") -> Iterator[Callable[[int, int], None]]:
    """Show a bar on a terminal and nothing elsewhere."""
    if settings.quiet or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _write_summary(config: "Config") -> None:
    """Append the movers to the job summary, where an Actions runner wants one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    from startrack import pipeline

    try:
        with Path(path).open("a", encoding="utf-8") as summary:
            summary.write(pipeline.summary(config))
    except OSError as error:
        raise WriteError(f"cannot write the job summary {path}: {error.strerror}") from error
