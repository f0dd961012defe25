"""A dataset's document in the words of others: schema.org, Croissant (MLCommons) and Data Package (Frictionless).

All three name the files by absolute URLs with their hashes, so whoever follows them gets the bytes that were published.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opendata_platform.verification.licence import known_licences

PARQUET = "application/vnd.apache.parquet"
_CROISSANT_CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
"""The context that Croissant 1.0 asks for."""
_FRICTIONLESS = {"bool": "boolean", "string": "string", "date": "date"}


def schema_org(document: Mapping[str, Any], page: str, store: str) -> dict[str, Any]:
    """The `Dataset` of schema.org that search engines for data read."""
    entry = document["entry"]
    span = [str(entry[name])[:10] for name in ("min_date", "max_date") if entry.get(name)]
    described = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": entry["title"],
        "alternateName": entry.get("title_zh"),
        "description": entry["description"],
        "identifier": entry["id"],
        "url": page,
        "sameAs": entry.get("homepage"),
        "license": _licence(entry["license"]),
        "keywords": entry.get("tags", []),
        "creator": {"@type": "Organization", "name": entry["source"]},
        "version": entry.get("version"),
        "dateModified": entry["last_updated_at"],
        "temporalCoverage": "/".join(span) if len(span) == 2 else None,
        "isAccessibleForFree": True,
        "variableMeasured": [_variable(column) for column in document["columns"]],
        "distribution": [
            {
                "@type": "DataDownload",
                "name": _name(item),
                "contentUrl": store + item["key"],
                "encodingFormat": PARQUET,
                "contentSize": f"{item['bytes']} B",
                "sha256": item["sha256"],
            }
            for item in document["slices"]
        ],
    }
    return {name: value for name, value in described.items() if value is not None}


def croissant(document: Mapping[str, Any], page: str, store: str) -> dict[str, Any]:
    """Croissant 1.0. The record set is that of the newest file; all files of a table in slices have its columns."""
    entry = document["entry"]
    files = [
        {
            "@type": "cr:FileObject",
            "@id": _name(item),
            "name": _name(item),
            "contentUrl": store + item["key"],
            "contentSize": f"{item['bytes']} B",
            "encodingFormat": "application/x-parquet",
            "sha256": item["sha256"],
        }
        for item in document["slices"]
    ]
    return {
        "@context": _CROISSANT_CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": entry["id"].replace("/", "_"),
        "description": entry["description"],
        "url": page,
        "license": _spdx_url(entry["license"]) or entry["license"],
        "keywords": entry.get("tags", []),
        "creator": {"@type": "sc:Organization", "name": entry["source"]},
        "citeAs": f"{entry['source']}: {entry['title']}, version {entry.get('version')}. {page}",
        "version": f"{entry['seq']}.0.0",
        "datePublished": entry["last_updated_at"][:10],
        "distribution": files,
        "recordSet": [_record_set(document["columns"], files[0]["@id"])] if files else [],
    }


def data_package(document: Mapping[str, Any], page: str, store: str) -> dict[str, Any]:
    """A Frictionless Data Package: one resource per file, all with the same schema."""
    entry = document["entry"]
    licence = _spdx_url(entry["license"])
    schema = {
        "fields": [_field(column) for column in document["columns"]],
        "primaryKey": entry.get("primary_key", []),
    }
    return {
        "name": entry["id"].replace("/", "."),
        "id": entry["id"],
        "title": entry["title"],
        "description": entry["description"],
        "homepage": page,
        "version": str(entry.get("version")),
        "created": entry["last_updated_at"],
        "keywords": entry.get("tags", []),
        **({"licenses": [{"name": entry["license"], "path": licence}]} if licence else {"license": entry["license"]}),
        "sources": [{"title": entry["source"]}],
        "resources": [
            {
                "name": _name(item).removesuffix(".parquet"),
                "path": store + item["key"],
                "scheme": store.partition(":")[0],
                "format": "parquet",
                "mediatype": PARQUET,
                "bytes": item["bytes"],
                "hash": f"sha256:{item['sha256']}",
                "schema": schema,
            }
            for item in document["slices"]
        ],
    }


def _name(item: Mapping[str, Any]) -> str:
    """The name of a file: its version."""
    return f"{str(item['key']).split('/')[-2].lower()}.parquet"


def _spdx_url(text: str) -> str | None:
    return f"https://spdx.org/licenses/{text}.html" if text in known_licences() else None


def _licence(text: str) -> str | dict[str, str]:
    return _spdx_url(text) or {"@type": "CreativeWork", "name": text}


def _variable(column: Mapping[str, Any]) -> dict[str, str]:
    named = {"@type": "PropertyValue", "name": column["name"], "description": column["description"]}
    return named | ({"unitText": column["unit"]} if column["unit"] else {})


def _record_set(columns: list[Mapping[str, Any]], file: str) -> dict[str, Any]:
    fields = [
        {
            "@type": "cr:Field",
            "@id": f"rows/{column['name']}",
            "name": f"rows/{column['name']}",
            "description": column["description"],
            "dataType": _croissant_type(column["type"]),
            "source": {"fileObject": {"@id": file}, "extract": {"column": column["name"]}},
        }
        for column in columns
    ]
    return {"@type": "cr:RecordSet", "@id": "rows", "name": "rows", "field": fields}


def _croissant_type(declared: str) -> str:
    if declared in ("bool", "string"):
        return {"bool": "sc:Boolean", "string": "sc:Text"}[declared]
    if declared == "date" or declared.startswith("timestamp"):
        return "sc:Date" if declared == "date" else "sc:DateTime"
    return "sc:Float" if declared.startswith("float") else "sc:Integer"


def _field(column: Mapping[str, Any]) -> dict[str, Any]:
    declared = column["type"]
    number = "number" if declared.startswith("float") else "integer"
    kind = _FRICTIONLESS.get(declared, "datetime" if declared.startswith("timestamp") else number)
    described = {"name": column["name"], "type": kind, "description": column["description"]}
    return described | ({"unit": column["unit"]} if column["unit"] else {})
