"""The recorded terminal output in the READMEs: how it is made, and `python -m tests.recordings`, which makes it anew.

The commands run in a terminal of their own over a store that the platform produced from the sandbox, served over HTTP.
What no two runs have in common, such as the instant of a commit, is replaced by a stand-in of the same width.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from opendata.protocol.author import make_author
from opendata.stores.local import LocalStore

from opendata_platform.datasets.catalog import find_spec
from opendata_platform.datasets.origin import Clients
from opendata_platform.datasets.packing import pack_dataset
from opendata_platform.datasets.pipeline import Visible, run_partition
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.sandbox import Recordings, Sandbox
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.settings import SourceSettings
from tests.conftest import ROOT
from tests.fixtures.web_server import web_server

READMES = {"en_US.UTF-8": ROOT / "README.md", "zh_CN.UTF-8": ROOT / "README.zh-CN.md"}
"""The READMEs, by the language of the terminal that they show."""
CANDLES = "official/binance-btcusdt-kline-1m"
DAYS = [(date(2026, 10, 1) + timedelta(days=n)).isoformat() for n in range(33)]
WIDTH = 120
SNAPSHOTS = ("2026-11-19", "2026-11-20")

_BLOCK = re.compile(r"(?<=```console\n).*?(?=```)", re.DOTALL)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_COMMIT = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}-[0-9a-f]{12}")
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def shown(readme: Path) -> str:
    """What a README shows."""
    (block,) = _BLOCK.findall(readme.read_text(encoding="utf-8"))
    return str(block)


def commands(block: str) -> list[str]:
    """The commands in what a README shows."""
    return [line[2:] for line in block.splitlines() if line.startswith("$ ")]


def record(lines: list[str], language: str, endpoint: str, home: Path) -> str:
    """Run commands in a terminal and return what a person sees."""
    return "\n".join(f"$ {line}\n{_run(line, language, endpoint, home)}" for line in lines)


@contextmanager
def served_store(folder: Path) -> Iterator[str]:
    """A store with the official datasets as of some fixed days, packed; its URL."""
    publish(folder)
    with web_server(folder / "store") as server:
        yield server.url


def publish(folder: Path) -> None:
    """Run the platform on each day that a snapshot was taken, and on the last one for the candles."""
    for day in SNAPSHOTS:
        now = datetime.fromisoformat(day).replace(hour=12, tzinfo=UTC)
        with Sandbox(recordings=Recordings(), clock=lambda now=now: now) as sandbox:
            settings = SourceSettings.from_env({}, sandbox_url=sandbox.url)
            with SourceClient(settings, clock=lambda now=now: now) as http:
                publisher = Publisher(LocalStore(folder / "store"), make_author("recording", environ={}))
                wanted = [("official/stooq-aapl-daily", day)]
                if day == SNAPSHOTS[-1]:
                    wanted += [("official/owid-covid-global-daily", day), *((CANDLES, candles) for candles in DAYS)]
                for dataset, partition in wanted:
                    result = run_partition(find_spec(dataset), partition, Clients(http), publisher)
                    assert isinstance(result, Visible), result
                publisher.finish()
    store = LocalStore(folder / "store")
    pack_dataset(CANDLES, store, make_author("recording", environ={}), lambda line: None)


def _run(line: str, language: str, endpoint: str, home: Path) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPENDATA_", "LC_", "POLARS_"))}
    env = kept | {
        "OPENDATA_ENDPOINT": endpoint,
        "OPENDATA_CACHE": str(home / "cache"),
        "OPENDATA_NO_PROGRESS": "1",
        "LANG": language,
        "TERM": "dumb",
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    main, side = pty.openpty()
    fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", 40, WIDTH, 0, 0))
    with subprocess.Popen(line, shell=True, env=env, cwd=home, stdin=side, stdout=side, stderr=side) as process:
        os.close(side)
        text = b"".join(_until_closed(main)).decode()
    assert process.returncode == 0, f"{line}: {text}"
    text = _CONTROL.sub("", text).replace("\r\n", "\n").replace(endpoint, "https://data.example.org")
    text = _COMMIT.sub("01M86TV0JS1YAZNJSGEJ3J1688-f100fbc57848", text)
    return "\n".join(line.rstrip() for line in _INSTANT.sub("2026-11-20T12:00:00.000Z", text).splitlines()) + "\n"


def _until_closed(descriptor: int) -> Iterator[bytes]:
    """What a terminal shows until its last process ends."""
    while True:
        try:
            chunk = os.read(descriptor, 1 << 16)
        except OSError:  # how Linux says that the other side was closed
            break
        if not chunk:
            break
        yield chunk
    os.close(descriptor)


def main() -> None:
    """Record anew what the READMEs show."""
    with tempfile.TemporaryDirectory() as scratch, served_store(Path(scratch)) as url:
        for language, readme in READMES.items():
            home = Path(scratch) / language
            home.mkdir()
            text = record(commands(shown(readme)), language, url, home)
            readme.write_text(
                _BLOCK.sub(lambda _, text=text: text, readme.read_text(encoding="utf-8")), encoding="utf-8"
            )


if __name__ == "__main__":
    main()
