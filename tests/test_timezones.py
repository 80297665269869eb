"""The blog's time zone, and posts around midnight in it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from evergreen.content.fields import parse_moment
from evergreen.content.post import parse_post
from evergreen.content.timezones import machine_zone, zone
from evergreen.model import JekyllConfig, Site

BUILD = Path(__file__).parent.parent / "build.py"
ZONES = ("Pacific/Kiritimati", "Asia/Shanghai", "Pacific/Pago_Pago", "<+14>-14", "<-11>+11")
"""UTC+14, UTC+8 and UTC-11; as names, and as POSIX writes them."""


def blog(root: Path, *arguments: str, tz: str) -> str:
    """What a command prints on a machine of that time zone."""
    command = [sys.executable, BUILD, "--root", root, *arguments]
    env = {"TZ": tz, "PATH": "/usr/bin:/bin", "HOME": str(root)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, cwd=root)
    assert 0 == done.returncode, done.stderr
    return done.stdout


@pytest.mark.parametrize("tz", ZONES)
def test_a_post_of_today_is_published_today(tz: str, tmp_path: Path) -> None:
    """Wherever it is today: what `new` makes, `build` publishes; tomorrow's post waits."""
    (tmp_path / "site.toml").write_text("search = false\n")
    made = Path(blog(tmp_path, "new", "今天", tz=tz).strip())
    today = datetime.strptime(made.name[:10], "%Y-%m-%d").date()
    tomorrow = today + timedelta(days=1)
    (tmp_path / f"posts/{tomorrow}-later.md").write_text("---\ntitle: Later\n---\n")
    said = blog(tmp_path, tz=tz)
    held = f"posts/{tomorrow}-later.md: held back until {tomorrow}, its date"
    assert (True, True) == (held in said, "2 posts: 1 published, 1 held back" in said)


@pytest.mark.parametrize("machine", ["UTC", "Pacific/Pago_Pago", "Pacific/Kiritimati"])
@pytest.mark.parametrize("name", ["Pacific/Kiritimati", "Asia/Shanghai", "-11:00"])
def test_the_day_is_that_of_the_blog(machine: str, name: str, tmp_path: Path) -> None:
    """A blog with a `timezone` has one day on all machines."""
    (tmp_path / "site.toml").write_text(f'timezone = "{name}"\nsearch = false\n')
    made = blog(tmp_path, "new", "today", tz=machine).strip()
    assert datetime.now(zone(name)).date().isoformat() in made
    assert "1 post: 1 published;" in blog(tmp_path, tz=machine)


@pytest.mark.parametrize(
    ("name", "head", "expected"),
    [
        ("Asia/Shanghai", "", "2026-03-05T00:00:00+08:00"),
        ("+05:45", "", "2026-03-05T00:00:00+05:45"),
        ("Asia/Shanghai", "date: 2026-03-06\n", "2026-03-06T00:00:00+08:00"),
        ("Asia/Shanghai", "date: 2026-03-06 09:30\n", "2026-03-06T09:30:00+08:00"),
        ("Asia/Shanghai", "date: 2026-03-06 09:30:00 -0500\n", "2026-03-06T09:30:00-05:00"),
        ("Asia/Shanghai", "date: 2026-03-06T09:30:00Z\n", "2026-03-06T09:30:00+00:00"),
        ("Europe/Berlin", "date: 2026-07-06\n", "2026-07-06T00:00:00+02:00"),
        ("Europe/Berlin", "date: 2026-01-06\n", "2026-01-06T00:00:00+01:00"),
        ("", "date: 2026-01-06\n", "2026-01-06T00:00:00+00:00"),
    ],
)
def test_a_date_without_an_offset_is_in_the_zone_of_the_blog(
    name: str, head: str, expected: str
) -> None:
    """With the offset of that day; one that is written is kept."""
    source = f"---\ntitle: x\n{head}---\n".encode()
    post = parse_post("posts/2026-03-05-a.md", source, Site(timezone=name))
    assert expected == post.date.isoformat()


@pytest.mark.parametrize(
    ("tz", "expected"),
    [
        ("Asia/Shanghai", "Asia/Shanghai"),
        (":Europe/Berlin", "Europe/Berlin"),
        ("<+14>-14", "+14:00"),
    ],
)
def test_the_zone_of_the_machine(tz: str, expected: str) -> None:
    """By its name where it has one, else by its offset."""
    code = "from evergreen.content.timezones import machine_zone; print(machine_zone())"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env={"TZ": tz}, cwd=BUILD.parent, capture_output=True, text=True)
    assert expected == done.stdout.strip()


def test_the_zone_of_this_machine_is_one() -> None:
    """Whatever the machine has."""
    assert zone(machine_zone())


@pytest.mark.parametrize("offset", ["+0800", "-05:00", "Z"])
def test_an_offset_without_a_time_is_ignored(offset: str) -> None:
    """A day is that day in the blog's zone, as Jekyll reads it: its address stays."""
    found = parse_moment(f"2021-01-01 {offset}", UTC)
    assert found == datetime(2021, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2014-06-01 10:00:00-12:00:00", "2014/06/01"),
        ("2014-06-01 17:00:00-18:00:00", "2014/06/02"),
        ("2014-06-01 10:00 -12:30:30", "2014/06/01"),
        ("2021-01-01 +0800", "2021/01/01"),
        ("2021-01-01 -0800", "2021/01/01"),
    ],
)
def test_days_in_the_addresses_of_a_jekyll_blog(written: str, day: str) -> None:
    """As Ruby's `Time.parse` reads them in UTC: offsets may have seconds."""
    site = Site(jekyll=JekyllConfig(timezone="UTC"), permalink="/:year/:month/:day/:title/")
    text = f"---\ntitle: t\ndate: {written}\n---\nx\n"
    found = parse_post("_posts/2014-06-01-a.md", text.encode(), site)
    assert found.url == f"/{day}/a/"
