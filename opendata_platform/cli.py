"""`odp`, the operator's command: the demo, the sandbox, and looking after a store.

Data are loaded with `od`; runs are started with `dagster`. Every error of the project ends in its message, a hint and
its exit code.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click
from opendata.errors import OpenDataError
from opendata.protocol.author import make_author
from opendata.protocol.fsck import check_store
from opendata.protocol.gc import collect_garbage
from opendata.protocol.history import rollback as roll_back
from opendata.protocol.history import yank as hide
from opendata.protocol.index import sweep_dirty
from opendata.stores.driver import run
from opendata.stores.open import open_writable_store

from opendata_platform.control import set_paused
from opendata_platform.gateway.admin import export, keys, publishers, usage
from opendata_platform.portal.commands import portal

FINDINGS_EXIT = 4
"""Exit code when the store is not as its log says (the SDK's code for integrity)."""
NOT_VERIFIED_EXIT = 8
"""Exit code when a dataset does not get the badge (the SDK's code for a quality gate)."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="opendata-platform")
def cli() -> None:
    """Operate an OpenData platform. 运维 OpenData 平台。"""


@cli.command()
def demo() -> None:
    """Publish the official datasets from the sandbox and show what was published. 演示。"""
    from opendata_platform.demo import run_demo

    sys.exit(run_demo(Path.cwd(), click.echo))


@cli.group()
def sandbox() -> None:
    """A local server that speaks the sources' wire formats. 本地沙盒数据源。"""


@sandbox.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address; it has no access control.")
@click.option("--port", default=8765, show_default=True, help="0 takes any free one.")
@click.option("--tushare-calls-per-minute", type=click.IntRange(1), help="Limit of each Tushare API; default none.")
def serve(host: str, port: int, tushare_calls_per_minute: int | None) -> None:
    """Run the sandbox in the foreground until interrupted."""
    from opendata_platform.sandbox import serve as serve_sandbox

    def say(base: str) -> None:
        click.echo(f"sandbox on {base}; point the sources at it, for example:")
        click.echo(f"  export OPENDATA_BINANCE_URL={base}/binance OPENDATA_STOOQ_URL={base}/stooq")
        click.echo(f"  export OPENDATA_OPEN_METEO_URL={base}/open-meteo OPENDATA_OWID_URL={base}/owid")
        click.echo(f"  export OPENDATA_TUSHARE_URL={base}/tushare")

    serve_sandbox(host, port, say, tushare_calls_per_minute=tushare_calls_per_minute)


@cli.command()
@click.argument("datasets", nargs=-1)
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), required=True, help="First day.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Last day.")
@click.option("--workers", default=2, show_default=True, help="Runs side by side.")
def backfill(datasets: tuple[str, ...], first: datetime, last: datetime, workers: int) -> None:
    """Make up the missing days of DATASETS (default: everything of Tushare) from --from to --to. 回补。

    What is published is not asked for again, so a backfill that was stopped goes on where it was.
    """
    from opendata_platform import backfill as engine
    from opendata_platform.datasets.catalog import all_specs, find_spec

    specs = [find_spec(name) for name in datasets] or [
        spec for spec in all_specs().values() if spec.id.startswith("tushare")
    ]
    tasks = engine.plan(specs, first.date(), last.date(), datetime.now(UTC))
    click.echo(f"{len(tasks)} datasets, {first.date()} to {last.date()} / {len(tasks)} 个数据集")
    failed = engine.backfill(tasks, Path.cwd(), workers, click.echo)
    if failed:
        click.echo(f"failed / 失败: {', '.join(failed)}; run the same command again to make up the rest", err=True)
        sys.exit(1)


@cli.command()
@click.argument("datasets", nargs=-1)
def publish(datasets: tuple[str, ...]) -> None:
    """Publish the partitions of DATASETS (default: the official ones) that are due now. 发布到期分区。

    One run of Dagster for each, as its schedules would start them; what has not changed writes nothing.
    """
    from opendata_platform.datasets.catalog import find_spec, official_specs
    from opendata_platform.publication import publish_due

    specs = [find_spec(name) for name in datasets] or list(official_specs().values())
    failed = publish_due(specs, datetime.now(UTC), Path.cwd(), click.echo)
    if failed:
        click.echo(f"failed / 失败: {', '.join(failed)}", err=True)
        sys.exit(1)


@cli.command()
@click.option("--module", help="Only this module, with explanations: core.daily_prices, task.momentum …")
@click.option("--symbol", help="Only this instrument, with explanations; GLOBAL for those of a whole market.")
@click.option("--asset-class", help="Only this one: stock, etf, index, futures, spot, fx or macro.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The trade date; default the newest one.")
@click.option("--json", "form", flag_value="json", help="Print JSON.")
def status(
    module: str | None, symbol: str | None, asset_class: str | None, as_of: datetime | None, form: str | None
) -> None:
    """What each module has on a trade date: complete, partial, missing, not applicable, and why. 状态矩阵。"""
    from opendata_platform.status.show import Question, as_json, as_text, read_cells

    cells = read_cells(open_writable_store(), as_of.date().isoformat() if as_of else None)
    shown = as_json if form == "json" else as_text
    click.echo(shown(cells, Question(module, symbol, asset_class)))


@cli.command()
def pause() -> None:
    """Stop ingestion at the next partition of every run, until `odp resume`. 暂停。"""
    store = open_writable_store()
    run(set_paused(True, datetime.now(UTC)), store)
    click.echo("ingestion is paused / 已暂停")


@cli.command()
def resume() -> None:
    """Let ingestion go on. 恢复。"""
    store = open_writable_store()
    run(set_paused(False, datetime.now(UTC)), store)
    click.echo("ingestion goes on / 已恢复")


@cli.group()
def index() -> None:
    """The list of all datasets (index.json). 数据集索引。"""


@index.command()
def sweep() -> None:
    """Settle what killed runs left: bring latest.json and index.json up to the commits. 补全索引。"""
    store = open_writable_store()
    settled = run(sweep_dirty(store.name), store)
    click.echo(f"updated: {', '.join(settled)}" if settled else "nothing to settle / 无需处理")


@cli.command()
@click.option("--repair", is_flag=True, help="Rewrite latest.json and index.json where they differ from the log.")
@click.option("--deep", is_flag=True, help="Hash all data again, not only see that they are there.")
def fsck(repair: bool, deep: bool) -> None:
    """Check the whole store against its logs. 检查存储。"""
    store = open_writable_store()
    findings = run(check_store(store.name, repair=repair, deep=deep), store)
    for finding in findings:
        click.echo(f"{finding.key}: {finding.problem}{' (repaired)' if finding.repaired else ''}")
    left = [finding for finding in findings if not finding.repaired]
    click.echo(f"{store.describe()}: {len(findings)} findings, {len(left)} not repaired")
    sys.exit(FINDINGS_EXIT if left else 0)


@cli.command()
@click.argument("dataset")
@click.option(
    "--project",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The folder of its job: main.py is run again, with your rights, and requirements.lock is examined.",
)
@click.option(
    "--lock",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What the job installs, in place of the project's requirements.lock.",
)
@click.option(
    "--ask-again", is_flag=True, help="Ask the source of an official dataset again where its answers are not kept."
)
@click.option(
    "--advisories",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Known malicious and vulnerable packages, in the OSV format.",
)
@click.option("--json", "form", flag_value="json", help="Print JSON.")
@click.option("--md", "form", flag_value="md", default="md", help="Print Markdown; the default.")
@click.option("--keep", is_flag=True, help="Write verified.json, and show the result in index.json.")
def verify(
    dataset: str,
    project: Path | None,
    lock: Path | None,
    ask_again: bool,
    advisories: Path | None,
    form: str,
    keep: bool,
) -> None:
    """Judge the newest state of DATASET by the rules of the badge `verified`. 审核 verified 徽章。"""
    from opendata_platform.verification.judging import judge
    from opendata_platform.verification.report import shown

    store = open_writable_store()
    report = judge(
        dataset,
        store,
        datetime.now(UTC),
        project=project,
        lock=lock,
        ask_again=ask_again,
        advisories=advisories,
        kept=keep,
    )
    click.echo(shown(report, form), nl=False)
    sys.exit(0 if report.verified else NOT_VERIFIED_EXIT)


@cli.command()
@click.argument("dataset")
@click.argument("seq", type=int)
@click.option("--reason", required=True, help="Why; kept in the commit.")
def rollback(dataset: str, seq: int, reason: str) -> None:
    """Make visible again what commit SEQ of DATASET showed. 回滚。"""
    store = open_writable_store()
    record = run(roll_back(dataset, seq, make_author("operator"), reason), store)
    run(sweep_dirty(store.name), store)
    click.echo(f"{dataset} shows what commit {seq} showed, as commit {record.seq}")


@cli.command()
@click.argument("dataset")
@click.argument("partition")
@click.option("--reason", required=True, help="Why; kept in the commit.")
def yank(dataset: str, partition: str, reason: str) -> None:
    """Hide PARTITION of DATASET from loads that do not name its version. 撤回。"""
    store = open_writable_store()
    record = run(hide(dataset, partition, make_author("operator"), reason), store)
    run(sweep_dirty(store.name), store)
    click.echo(f"{dataset} {partition} is hidden since commit {record.seq}; its bytes stay")


@cli.command()
@click.argument("dataset")
@click.confirmation_option("-y", "--yes", prompt="Delete staged objects that no commit names? / 删除未发布的暂存对象？")
def gc(dataset: str) -> None:
    """Delete what crashed or quarantined attempts staged for DATASET and no commit names. 清理。"""
    store = open_writable_store()
    deleted = run(collect_garbage(dataset, make_author("operator")), store)
    run(sweep_dirty(store.name), store)
    for key in deleted:
        click.echo(key)
    click.echo(f"{store.describe()}: {len(deleted)} objects deleted")


@cli.group()
def gateway() -> None:
    """The registry and gateway: publishing without storage keys, limits, usage. 登记与网关。"""


@gateway.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8787, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--proxies", default="", help="Addresses of proxies whose X-Forwarded-For is believed, by commas.")
@click.option("--log-level", default="info", show_default=True, type=click.Choice(["debug", "info", "warning"]))
def serve_gateway(host: str, port: int, proxies: str, log_level: str) -> None:
    """Serve the gateway before the bucket of OPENDATA_R2_* until it is told to stop."""
    from opendata_platform.gateway.serve import serve as serve_until_stopped
    from opendata_platform.gateway.settings import read_settings

    serve_until_stopped(read_settings(), host, port, proxies, log_level)


for command in (keys, export, publishers, usage):
    gateway.add_command(command)
cli.add_command(portal)


def main() -> None:
    """Run `odp`."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("interrupted / 已中断", err=True)
        sys.exit(130)
    except OpenDataError as error:
        click.echo(f"odp: {error.message}", err=True)
        if error.hint:
            click.echo(f"hint: {error.hint}", err=True)
        sys.exit(error.exit_code)
