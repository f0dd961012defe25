"""Adding an API as the documentation shows takes one file: everything else follows from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.factory import build_asset
from opendata_platform.datasets.tushare import api_spec
from opendata_platform.tushare import apis
from opendata_platform.tushare.answer import read_answer
from opendata_platform.tushare.capture import Page
from opendata_platform.tushare.catalog import all_apis, find_api
from opendata_platform.tushare.declare import Api
from opendata_platform.tushare.reading import read
from opendata_platform.tushare.reference import reference
from resources.naming import asset_key
from schedules.publication import build_schedule
from tests.conftest import ROOT


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """The API of the walkthrough, its file in a folder of declarations."""
    document = (ROOT / "docs" / "tushare.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    (tmp_path / "stock_st.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(apis, "__path__", [*apis.__path__, str(tmp_path)])
    all_apis.cache_clear()
    yield find_api("stock_st")
    all_apis.cache_clear()


def test_one_file_is_an_asset_with_checks_schema_schedule_and_reference(added: Api) -> None:
    spec = api_spec(added)
    assert spec.id == "tushare-raw/stock-st"
    asset = build_asset(spec)
    assert asset.key == asset_key(spec.id)
    checks = {check.name for check in asset.check_specs}
    assert {"schema", "primary_key", "not_empty", "single_day", "row_cap", "revision"} <= checks
    assert [column.name for column in spec.table.columns] == [field.name for field in added.fields]
    assert build_schedule(spec).cron_schedule == "30 9 * * *"
    assert spec.metadata(None).document["visibility"] == "private"
    assert "### stock_st" in reference([added])

    items = [["000004.SZ", "*ST样本", "20250813", "ST", None]]
    data = {"fields": [field.name for field in added.fields], "items": items, "has_more": False}
    body = json.dumps({"request_id": "", "code": 0, "msg": "", "data": data}).encode()
    frame = read(added, [Page.of({}, body, read_answer(body), None)]).frame
    assert frame["trade_date"].dt.to_string().to_list() == ["2025-08-13"]
