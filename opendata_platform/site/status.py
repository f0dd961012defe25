"""The reference of the status matrix: its facts and rules, from their declarations."""

from __future__ import annotations

from collections.abc import Sequence

from opendata_platform.site.markdown import NOTE, page, table
from opendata_platform.status.evidence import Evidence, Need
from opendata_platform.status.rules import ASSET_CLASSES, RULES, Rule

_INTRO = """\
A cell is complete if everything under *Complete* holds, else partial if everything under *Partial* does, else missing.
What is not listed on the day is not applicable, whatever the module. How the matrix is computed and read:
[Status matrix](../status.md)."""
_FACTS = """\
What the rules look at. A row counts if one of the columns is not null (zero counts), or whatever it holds where no
column is named. Ages are calendar days before the day that is judged; 0 is the day itself. How long a macro value is
fresh depends on its series: at most two periods behind the newest one that is due."""


def status_page() -> str:
    """The whole page."""
    facts = {(item.name, item.dataset): item for rule in RULES for item in rule.evidence}
    parts = [NOTE, "# Rules of the status matrix", _INTRO]
    for asset_class, (batch, title_zh) in ASSET_CLASSES.items():
        head = ("Module", "模块", "Required", "Complete", "Partial", "Not applicable")
        rows = [_rule(rule) for rule in RULES if rule.asset_class == asset_class]
        parts += [f"## {asset_class} · {title_zh} ({batch})", table(head, rows)]
    looked_at = table(("Fact", "Table", "Columns", "Age at most"), map(_fact, facts.values()))
    return page(*parts, "## Facts", _FACTS, looked_at)


def _rule(rule: Rule) -> Sequence[str]:
    title, title_zh, required = rule.title
    combined = " and ".join(f"`{part}`" for part in rule.combines)
    complete = f"{combined} complete" if combined else _needs(rule.complete)
    partial = "one of them complete" if combined else _needs(rule.partial)
    names = f"`{rule.module}` {title}{', one cell' if rule.market else ''}"
    return names, title_zh, "yes" if required else "no", complete or "–", partial or "–", _not_applicable(rule)


def _not_applicable(rule: Rule) -> str:
    if not rule.is_applicable:
        return "always"
    if rule.asset_class == "macro":
        return "while its batch is off"
    if rule.market:
        return "–"
    reasons = ["unlisted"]
    if not rule.while_suspended:
        reasons.append("suspended")
    if rule.covered:
        reasons.append(f"all but {', '.join(rule.covered)}")
    return ", ".join(reasons)


def _needs(needs: Sequence[Need]) -> str:
    return " and ".join(map(_need, needs))


def _need(need: Need) -> str:
    names = [_named(item) for item in need.of]
    if len(names) == 1:
        return names[0]
    count = f"{need.at_least} of " if need.at_least > 1 else "one of "
    return f"{count}({', '.join(names)})"


def _named(item: Evidence) -> str:
    if item.by == "series" or item.max_age == 0:
        return f"`{item.name}`"
    return f"`{item.name}` of any age" if item.max_age is None else f"`{item.name}` at most {item.max_age} days old"


def _fact(item: Evidence) -> Sequence[str]:
    columns = " or ".join(f"`{name}`" for name in item.any_of) or "any row"
    where = "".join(f", where `{name}` is {value}" for name, value in item.where.items())
    only = f", only of `{item.only}`" if item.only else ""
    age = "two periods" if item.by == "series" else "by rule" if item.max_age else "0"
    return f"`{item.name}`", f"`{item.dataset}` by `{item.key}`", f"{columns}{where}{only}", age
