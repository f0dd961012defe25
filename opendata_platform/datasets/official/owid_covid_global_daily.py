"""COVID-19 by country and day from Our World in Data. The file revises values and gains columns: complete copies."""

from __future__ import annotations

from datetime import date, time, timedelta

import dataframely as dy

from opendata_platform.datasets.origin import Fetched, each
from opendata_platform.datasets.partitions import SnapshotDays
from opendata_platform.datasets.spec import DatasetSpec, PublicationTime
from opendata_platform.quality import rules
from opendata_platform.sources import owid


def _count(unit: str, description: str) -> dy.Int64:
    return dy.Int64(nullable=True, metadata={"unit": unit}, description=description)


def _measure(unit: str, description: str) -> dy.Float64:
    return dy.Float64(nullable=True, metadata={"unit": unit}, description=description)


class CovidDay(dy.Schema):
    """One location and day. Daily counts can be negative where a source corrected its totals."""

    iso_code = dy.String(
        nullable=True,
        description="ISO 3166-1 alpha-3 code; empty for aggregates without one 三字母国家代码；部分汇总行为空",
    )
    location = dy.String(primary_key=True, min_length=1, description="Country or region 国家或地区")
    date = dy.Date(primary_key=True, description="Day of observation 观测日")
    total_cases = _count("people", "Confirmed cases up to the day 累计确诊")
    new_cases = _count("people", "Confirmed cases of the day 当日确诊")
    total_deaths = _count("people", "Deaths up to the day 累计死亡")
    new_deaths = _count("people", "Deaths of the day 当日死亡")
    total_cases_per_million = _measure("people per million", "Confirmed cases up to the day 累计确诊")
    new_cases_per_million = _measure("people per million", "Confirmed cases of the day 当日确诊")
    total_deaths_per_million = _measure("people per million", "Deaths up to the day 累计死亡")
    new_deaths_per_million = _measure("people per million", "Deaths of the day 当日死亡")
    total_tests = _count("tests", "Tests up to the day 累计检测")
    new_tests = _count("tests", "Tests of the day 当日检测")
    total_tests_per_thousand = _measure("tests per thousand", "Tests up to the day 累计检测")
    new_tests_per_thousand = _measure("tests per thousand", "Tests of the day 当日检测")
    new_tests_smoothed = _measure("tests", "Tests of the day, seven-day average 当日检测（七日平均）")
    new_tests_smoothed_per_thousand = _measure(
        "tests per thousand", "Tests of the day, seven-day average 当日检测（七日平均）"
    )
    tests_units = dy.String(nullable=True, description="What the location counts as a test 检测的统计口径")
    stringency_index = dy.Float64(
        nullable=True, min=0, max=100, metadata={"unit": "points"}, description="Strictness of measures 防控严格指数"
    )
    population = _count("people", "Population in 2020 人口（2020 年）")
    population_density = _measure("people per km²", "Population by land area 人口密度")
    median_age = _measure("years", "Median age 年龄中位数")
    aged_65_older = _measure("%", "Share of people of 65 years and older 六十五岁及以上占比")
    aged_70_older = _measure("%", "Share of people of 70 years and older 七十岁及以上占比")
    gdp_per_capita = _measure(
        "international-$", "Gross domestic product by purchasing power parity 人均国内生产总值（购买力平价）"
    )
    extreme_poverty = _measure("%", "Share of people in extreme poverty 极端贫困人口占比")
    cvd_death_rate = _measure(
        "people per 100,000", "Deaths from cardiovascular disease in 2017 心血管疾病死亡率（2017 年）"
    )
    diabetes_prevalence = _measure("%", "Share of people of 20 to 79 years with diabetes 糖尿病患病率（20 至 79 岁）")
    female_smokers = _measure("%", "Share of women who smoke 女性吸烟率")
    male_smokers = _measure("%", "Share of men who smoke 男性吸烟率")
    handwashing_facilities = _measure(
        "%", "Share of people with basic handwashing facilities 具备基本洗手设施的人口占比"
    )
    hospital_beds_per_100k = _measure(
        "beds per thousand", "Hospital beds (named per 100k by the source in 2020) 医院床位（来源列名写作每十万人）"
    )


README = """\
## COVID-19 by country and day

The file of Our World in Data, with the types declared here. Not every row is a country: leave out those whose
`iso_code` is empty or begins with `OWID_` before you add countries up.

- Every version is a complete copy as downloaded on that day. The source restates the past, so compare versions with
  `od diff` before you quote a change.
- Many countries report weekly since 2023; the days between hold 0 or nothing.

## 说明

Our World in Data 的文件，列类型按此处声明。
并非每行都是国家：汇总国家前请去掉 `iso_code` 为空或以 `OWID_` 开头的行。

- 每个版本都是当日下载的完整副本。来源会重述历史，引用变化前请用 `od diff` 比较版本。
- 许多国家自 2023 年起按周报告，其间各日为 0 或为空。
"""

SPEC = DatasetSpec(
    id="official/owid-covid-global-daily",
    title="COVID-19 by country and day (Our World in Data)",
    title_zh="各国新冠疫情日度数据（Our World in Data）",
    description=(
        "Cases, deaths, tests and background figures per country and day. The source revises past values, so every "
        "version is a complete copy as downloaded on that day."
    ),
    description_zh="各国逐日的病例、死亡、检测与背景数据。来源会修订历史数值，因此每个版本都是当日下载的完整副本。",
    license="CC-BY-4.0",
    source="Our World in Data and the sources it names, https://ourworldindata.org/coronavirus",
    homepage="https://github.com/owid/covid-19-data",
    tags=("health", "covid-19", "country"),
    frequency="daily",
    readme=README,
    schema=CovidDay,
    partitions=SnapshotDays(date(2026, 1, 1)),
    origin=Fetched(
        "owid",
        each(owid.global_file),
        owid.read_global,
    ),
    checks=(rules.history_kept("date", lost_rows=0.005), rules.recent("date", timedelta(days=14))),
    due=PublicationTime(time(12, 0)),
)
