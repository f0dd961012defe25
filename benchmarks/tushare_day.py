"""CPU of one full stock day of Tushare, from the bytes of the answers to committed Parquet, and where it goes.

The answers are the sandbox's and are made before anything is measured; the day before is published, so that the checks
compare with it.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from opendata.protocol.author import make_author
from opendata.stores.local import LocalStore

from benchmarks.measure import report
from opendata_platform.datasets.audit import Rows, audit
from opendata_platform.datasets.catalog import find_spec, partitions_of
from opendata_platform.datasets.origin import Clients
from opendata_platform.datasets.pipeline import Visible, run_partition
from opendata_platform.datasets.publisher import Publisher
from opendata_platform.sandbox import Sandbox
from opendata_platform.sources.http import SourceClient
from opendata_platform.sources.outcome import Ok
from opendata_platform.sources.settings import SourceSettings
from opendata_platform.tushare.answer import read_answer
from opendata_platform.tushare.capture import Capture, Page
from opendata_platform.tushare.catalog import find_api
from opendata_platform.tushare.client import TushareClient
from opendata_platform.tushare.declare import raw_id
from opendata_platform.tushare.limiter import Limiter
from opendata_platform.tushare.reading import read
from opendata_platform.tushare.settings import TushareSettings

APIS = ("stock_basic", "suspend_d", "dividend", "adj_factor", "stk_limit", "daily", "daily_basic", "moneyflow")
TABLES = ("stock-adj-factor", "stock-limit", "stock-daily", "stock-daily-basic", "stock-moneyflow")
BEFORE, DAY = "2026-11-19", "2026-11-20"


def main() -> None:
    """Publish the day before, keep the answers of the day, then measure."""
    with tempfile.TemporaryDirectory() as name, Sandbox() as sandbox:
        folder = Path(name)
        settings = TushareSettings.from_env({"OPENDATA_TUSHARE_CALLS_PER_MINUTE": "0"}, sandbox_url=sandbox.url)
        http = SourceClient(SourceSettings.from_env({}, sandbox_url=sandbox.url))
        with http, TushareClient(settings, Limiter(folder / "limits.sqlite")) as client:
            clients = Clients(http, client)
            publisher = Publisher(LocalStore(folder / "store"), make_author("benchmark"))
            today = clients.now().date().isoformat()
            for api in APIS:
                partition = today if find_api(api).period == "snapshot" else BEFORE
                result = run_partition(find_spec(raw_id(api)), partition, clients, publisher)
                if not isinstance(result, Visible):
                    raise SystemExit(f"{api} {partition}: {result}")
            answers = {api: _ask(api, clients) for api in APIS[1:]}
            report("tushare_day", _measure(answers, publisher, clients))


def _ask(api: str, clients: Clients) -> Capture:
    ((_, answer),) = find_spec(raw_id(api)).origin.fetch([DAY], clients)  # type: ignore[union-attr] # an API is fetched
    if not isinstance(answer, Ok):
        raise SystemExit(f"{api}: {answer}")
    capture = answer.value
    assert isinstance(capture, Capture), "what Tushare answers"
    return capture


def _measure(answers: dict[str, Capture], publisher: Publisher, clients: Clients) -> dict[str, object]:
    spent: Counter[str] = Counter()
    rows = 0

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        started = time.process_time()
        yield
        spent[name] += time.process_time() - started

    for api, capture in answers.items():
        spec = find_spec(raw_id(api))
        with stage("JSON to rows"):
            pages = _again(capture.pages)
        with stage("rows to typed columns"):
            parsed = read(find_api(api), pages)
        rows += parsed.frame.height
        with stage("encode and check"):
            audited = audit(spec, DAY, Rows(parsed, capture.sandbox, capture.origin()), publisher, partitions_of)
        with stage("keep the answer"):
            publisher.keep_answer(audited, capture.body)
        with stage("commit"):
            publisher.publish(audited)
    with stage("build, check and commit the tables"):
        for table in TABLES:
            result = run_partition(find_spec(f"tushare/{table}"), DAY, clients, publisher)
            if not isinstance(result, Visible):
                raise SystemExit(f"{table}: {result}")
    raw = sum(seconds for name, seconds in spent.items() if not name.startswith("build"))
    return {
        "rows": rows,
        "CPU seconds, raw datasets": raw,
        "CPU seconds per million rows, raw datasets": raw / rows * 1e6,
        "CPU seconds, everything": spent.total(),
        **{f"CPU ms: {name}": 1000 * seconds for name, seconds in spent.items()},
    }


def _again(pages: Sequence[Page]) -> list[Page]:
    """The pages read from their bytes once more."""
    return [Page.of(page.params, page.body, read_answer(page.body), page.sandbox) for page in pages]


if __name__ == "__main__":
    main()
