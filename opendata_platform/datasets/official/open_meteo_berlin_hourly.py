"""The weather in Berlin, hourly, from Open-Meteo's archive of reanalyses."""

from __future__ import annotations

from datetime import date, time, timedelta

import dataframely as dy

from opendata_platform.datasets.origin import Fetched, each
from opendata_platform.datasets.partitions import UtcDays
from opendata_platform.datasets.spec import DatasetSpec, PublicationTime
from opendata_platform.quality import rules
from opendata_platform.sources import open_meteo


class WeatherHour(dy.Schema):
    """One hour at the grid cell of 52.52° N, 13.41° E."""

    time = dy.Datetime(
        primary_key=True,
        time_unit="ms",
        time_zone="UTC",
        resolution="1h",
        description="Start of the hour 该小时的起始时刻",
    )
    temperature_2m = dy.Float64(
        min=-60, max=60, metadata={"unit": "°C"}, description="Air temperature two metres above ground 离地两米气温"
    )
    relative_humidity_2m = dy.Int64(
        nullable=True,
        min=0,
        max=100,
        metadata={"unit": "%"},
        description="Relative humidity two metres above ground 离地两米相对湿度",
    )
    dew_point_2m = dy.Float64(nullable=True, min=-80, max=40, metadata={"unit": "°C"}, description="Dew point 露点")
    apparent_temperature = dy.Float64(
        nullable=True, min=-80, max=70, metadata={"unit": "°C"}, description="Temperature as it is felt 体感温度"
    )
    precipitation = dy.Float64(
        nullable=True,
        min=0,
        max=500,
        metadata={"unit": "mm"},
        description="Rain and snow of the hour before 前一小时雨雪量",
    )
    rain = dy.Float64(
        nullable=True, min=0, max=500, metadata={"unit": "mm"}, description="Rain of the hour before 前一小时降雨量"
    )
    weather_code = dy.Int64(nullable=True, min=0, max=99, description="WMO weather code 世界气象组织天气代码")
    is_day = dy.Int64(nullable=True, min=0, max=1, description="1 by daylight, 0 at night 白天为 1，夜间为 0")


README = """\
## Hourly weather in Berlin

Reanalysis for one point (52.52° N, 13.41° E), not the reading of a station. `time` is UTC.

- A version is one UTC day of 24 hours. The source completes a day some days later, so the newest days come late.
- Past days can be restated by the source; the last four are asked for again each day, and a difference becomes a
  correction (`.r2`).
- Please name the source: weather data by [Open-Meteo.com](https://open-meteo.com), CC BY 4.0.

## 说明

单点（北纬 52.52°、东经 13.41°）的再分析资料，并非气象站读数；`time` 为 UTC。

- 每个版本是一个 UTC 日（24 小时）。来源数日后才补全，因此最近几天会较晚发布。
- 来源可能重述历史；最近四天每日重新请求，差异作为更正（`.r2`）发布。
- 请注明来源：天气数据来自 [Open-Meteo.com](https://open-meteo.com)，CC BY 4.0。
"""

SPEC = DatasetSpec(
    id="official/open-meteo-berlin-hourly",
    title="Weather in Berlin, hourly",
    title_zh="柏林逐小时天气",
    description=(
        "Temperature, humidity, dew point, precipitation and weather code in Berlin for every hour since 1940, from "
        "reanalyses. A version is one UTC day; a day is published once its temperatures are complete."
    ),
    description_zh=(
        "柏林 1940 年以来逐小时的气温、湿度、露点、降水与天气代码（再分析资料）。"
        "每个版本是一个 UTC 日，气温完整后发布。"
    ),
    license="CC-BY-4.0",
    source="Open-Meteo.com historical weather, https://open-meteo.com/en/docs/historical-weather-api",
    homepage="https://open-meteo.com",
    tags=("weather", "hourly", "germany"),
    frequency="daily",
    readme=README,
    schema=WeatherHour,
    partitions=UtcDays(date(1940, 1, 1)),
    partition_column="time",
    origin=Fetched(
        "open_meteo",
        each(open_meteo.hours_of_day(*open_meteo.BERLIN)),
        open_meteo.read_hours,
    ),
    checks=(
        rules.single_day("time"),
        rules.complete_day("time", timedelta(hours=1)),
        rules.not_a_copy(("temperature_2m", "relative_humidity_2m", "dew_point_2m", "precipitation")),
    ),
    due=PublicationTime(time(6, 0), lag_days=3, revisit=(1, 2, 3, 4)),
)
