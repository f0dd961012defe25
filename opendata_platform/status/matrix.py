"""The cells of a trade date: every rule for every instrument of its asset class.

Not here: reading published tables (`facts.py`), how the cells are kept (`table.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import polars as pl

from opendata_platform.status.evidence import Evidence, Need
from opendata_platform.status.facts import Facts, Published
from opendata_platform.status.instruments import instruments
from opendata_platform.status.macro import macro_facts
from opendata_platform.status.rules import ASSET_CLASSES, GLOBAL, MASTER, RULES, Rule
from opendata_platform.status.suggest import MATRIX, suggested_backfill

STATUSES = ("complete", "partial", "missing", "not_applicable")
COMPLETE, PARTIAL, MISSING, NOT_APPLICABLE = STATUSES
DEFAULT_BATCHES = frozenset({"P0"})
"""The batches that are on where nobody has said otherwise."""
NOTHING_NEEDED = '{"required":[],"optional":[]}'


def compute(day: date, related: Published, batches: Collection[str] = DEFAULT_BATCHES) -> pl.DataFrame:
    """All cells of a day, by asset class, module and symbol."""
    facts = Facts(day, related)
    everything = instruments(day, facts)
    of_macro = (item for rule in RULES if rule.asset_class == "macro" for item in rule.evidence)
    given = {MASTER: _listed_in_master(everything, day), **macro_facts(day, facts, tuple(of_macro))}
    market = pl.DataFrame({"symbol": [GLOBAL], "listed": [True], "suspended": [False]})
    cells: dict[str, pl.DataFrame] = {}
    for rule in RULES:
        rows = market if rule.market else everything.filter(pl.col("asset_class") == rule.asset_class)
        judged = rows.with_columns(_why_not(rule, batches).alias("reason_code"))
        applicable = judged.filter(pl.col("reason_code").is_null()).drop("reason_code")
        for item in rule.evidence:
            applicable = _with_fact(applicable, item, given[item] if item in given else facts.of(item))
        for part in rule.combines:
            status = cells[f"{rule.asset_class}/{part}"].select("symbol", pl.col("status").alias(part))
            applicable = applicable.join(status, on="symbol", how="left")
        found = _with_status(applicable, rule, day, _is_on(rule, batches))
        excused = judged.filter(pl.col("reason_code").is_not_null()).select(
            "symbol", "reason_code", status=pl.lit(NOT_APPLICABLE), evidence=pl.lit(NOTHING_NEEDED)
        )
        cells[rule.id] = _shaped(pl.concat([found, excused], how="diagonal").sort("symbol"), rule, day)
    runs = facts.runs(_source(rule) for rule in RULES)
    return pl.concat(cells.values()).with_columns(
        pl.col("source").replace_strict(runs, return_dtype=pl.String).alias("source_run_id"),
        pl.col("source").str.split("/").list.last().str.replace_all("-", "_"),
    )


def _listed_in_master(everything: pl.DataFrame, day: date) -> pl.DataFrame:
    return everything.filter("known").select(
        pl.col("symbol").alias("key"), last=pl.lit(day), null=pl.lit(False), fresh=pl.lit(True)
    )


def _is_on(rule: Rule, batches: Collection[str]) -> bool:
    return ASSET_CLASSES[rule.asset_class][0] in batches


def _why_not(rule: Rule, batches: Collection[str]) -> pl.Expr:
    """Why the rule does not apply to a row; null where it does."""
    if rule.asset_class == "macro" and not _is_on(rule, batches):
        return pl.lit("disabled_by_flag")
    covered = pl.lit(rule.is_applicable)
    if rule.covered:
        covered = pl.col("symbol").is_in(rule.covered)
    return (
        pl.when(~pl.col("listed"))
        .then(pl.lit("not_listed"))
        .when(~covered)
        .then(pl.lit("not_covered_by_source"))
        .when(pl.col("suspended") & pl.lit(not rule.while_suspended))
        .then(pl.lit("suspended"))
    )


def _with_fact(rows: pl.DataFrame, item: Evidence, fact: pl.DataFrame) -> pl.DataFrame:
    """The rows with what is known of an item: the day on which it was present last, and so on."""
    named = fact.rename({column: f"{item.name}:{column}" for column in fact.columns if column != "key"})
    keyed = rows.with_columns((pl.lit(item.only) if item.only else pl.col(item.by)).alias(f"{item.name}:key"))
    return keyed.join(named, left_on=f"{item.name}:key", right_on="key", how="left", maintain_order="left")


def _with_status(rows: pl.DataFrame, rule: Rule, day: date, is_on: bool) -> pl.DataFrame:
    """The applicable rows judged: status, reason and evidence."""
    if not rule.is_applicable:
        return rows.select("symbol")
    if rule.combines:
        met = [pl.col(part) == COMPLETE for part in rule.combines]
        complete, partial = pl.all_horizontal(met), pl.any_horizontal(met)
        why_missing = why_partial = pl.coalesce([pl.when(~one).then(pl.lit("no_row")) for one in met])
    else:
        complete = pl.all_horizontal(need.met(day) for need in rule.complete)
        partial = pl.all_horizontal(need.met(day) for need in rule.partial) if rule.partial else pl.lit(False)
        why_missing, why_partial = _reason(rule.partial or rule.complete, day), _reason(rule.complete, day)
    status = pl.when(complete).then(pl.lit(COMPLETE)).when(partial).then(pl.lit(PARTIAL)).otherwise(pl.lit(MISSING))
    reason = (
        pl.when(status == MISSING)
        .then(why_missing if is_on else pl.lit("disabled_by_flag"))
        .when(status == PARTIAL)
        .then(why_partial)
    )
    return rows.select("symbol", status=status, reason_code=reason, evidence=_evidence(rule, day))


def _reason(needs: Sequence[Need], day: date) -> pl.Expr:
    """Why the first need that is not met is not: a null, a value that is too old, or no row."""
    return pl.coalesce([pl.when(~need.met(day)).then(_reason_of(need, day)) for need in needs])


def _reason_of(need: Need, day: date) -> pl.Expr:
    absent = [(item, ~item.holds(day)) for item in need.of]
    null = [pl.col(f"{item.name}:null").fill_null(False) & is_absent for item, is_absent in absent]
    old = [pl.col(f"{item.name}:last").is_not_null() & is_absent for item, is_absent in absent if item.max_age != 0]
    nowhere = pl.lit("not_in_universe" if MASTER in need.of else "no_row")
    stale = pl.when(pl.any_horizontal(old)).then(pl.lit("stale")).otherwise(nowhere) if old else nowhere
    return pl.when(pl.any_horizontal(null)).then(pl.lit("null_field")).otherwise(stale)


def _evidence(rule: Rule, day: date) -> pl.Expr:
    """What was looked at, as JSON."""
    required, optional = ([_item(item, day) for item in items] for items in rule.split)
    required += [_part(part, day) for part in rule.combines]
    listed = [pl.concat_list(items) if items else pl.lit([]).alias("none") for items in (required, optional)]
    return pl.struct(listed[0].alias("required"), listed[1].alias("optional")).struct.json_encode()


def _item(item: Evidence, day: date) -> pl.Expr:
    last = pl.col(f"{item.name}:last")
    return pl.struct(
        pl.lit(item.name).alias("fact"),
        pl.lit(item.dataset).alias("dataset"),
        pl.col(f"{item.name}:key").alias("key"),
        item.holds(day).alias("present"),
        last.dt.to_string("iso").alias("last_date"),
        (pl.lit(day) - last).dt.total_days().alias("age_days"),
    )


def _part(module: str, day: date) -> pl.Expr:
    return pl.struct(
        pl.lit("module").alias("fact"),
        pl.lit(MATRIX).alias("dataset"),
        pl.lit(module).alias("key"),
        (pl.col(module) == COMPLETE).alias("present"),
        pl.lit(day.isoformat()).alias("last_date"),
        pl.lit(0, pl.Int64).alias("age_days"),
    )


def _source(rule: Rule) -> str:
    """The dataset that decides first."""
    return rule.evidence[0].dataset if rule.evidence else MATRIX


def _shaped(cells: pl.DataFrame, rule: Rule, day: date) -> pl.DataFrame:
    """The columns of the table, but for the run."""
    lacking = pl.col("status").is_in([MISSING, PARTIAL])
    return cells.select(
        pl.lit(day).alias("trade_date"),
        pl.lit(rule.asset_class).alias("asset_class"),
        "symbol",
        pl.lit(rule.module).alias("module"),
        "status",
        pl.lit(rule.id).alias("rule_id"),
        "reason_code",
        "evidence",
        pl.when(lacking).then(pl.lit(suggested_backfill(rule, day), pl.String)).alias("suggested_backfill"),
        pl.lit(_source(rule)).alias("source"),
    )
