"""The reference of the metadata fields, from the rules that validate them."""

from __future__ import annotations

from opendata.contract.metadata import json_schema

from opendata_platform.site.markdown import NOTE, page, table

_INTRO = """\
What a creator writes into `opendata.yaml`, what the index repeats and what `od.info(id).metadata` returns. The same as
JSON Schema: [`schemas/`](../../schemas). Unknown fields are kept; a wrong type is an error that names the field, the
value, the rule and the line."""


def metadata_page() -> str:
    """The whole page."""
    schema = json_schema()
    rows = [
        (f"`{name}`", "yes" if name in schema["required"] else "", _kind(field), field["description"])
        for name, field in schema["properties"].items()
    ]
    return page(NOTE, "# Metadata fields", _INTRO, table(("Field", "Required", "Type", "Rule"), rows))


def _kind(field: dict[str, object]) -> str:
    return "choice" if "enum" in field else "constant" if "const" in field else str(field["type"])
