"""The day of the first star, by which projects of different ages are set side by side."""

from pathlib import Path

from backfilled_lists import SIZE, counted, fill, query
from startrack.demo.server import Server
from startrack.workflows.backfill import FetchLimits
from startrack.workflows.report import create_site_report


def test_it_is_told_of_whole_histories_alone(tmp_path: Path, github: Server) -> None:
    """After one page each only of those that fit on it; then of all, and it is the first day with a star."""
    config = counted(tmp_path, github)
    fill(config, github, FetchLimits())
    complete = query(config, "select repo_id from pasts where series = 'history' and complete")
    starred = create_site_report(config, None).first_star_days
    assert 0 < len(starred) < SIZE
    assert set(starred) <= {repo_id for (repo_id,) in complete}
    fill(config, github)
    firsts = query(config, "select repo_id, min(day) from star_days where retained > 0 group by repo_id")
    starred = create_site_report(config, None).first_star_days
    assert sorted(starred.items()) == sorted(firsts)
