"""Is an answer of the shape that the OpenAPI description says?"""

from __future__ import annotations

from typing import Any

from jsonschema import Draft202012Validator


def faults(answer: Any, name: str, schemas: Any) -> list[str]:
    """Judge by JSON Schema; OpenAPI 3.0 writes null as ``nullable``, which JSON Schema does not know."""

    def plain(schema: Any) -> Any:
        if isinstance(schema, list):
            return [plain(one) for one in schema]
        if not isinstance(schema, dict):
            return schema
        copy = {key: plain(value) for key, value in schema.items() if key != "nullable"}
        if schema.get("nullable") is True and "type" in copy:
            copy["type"] = [copy["type"], "null"]
        if isinstance(copy.get("properties"), dict):
            copy["additionalProperties"] = False
        return copy

    judge = Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": {"schemas": plain(schemas)}}
    )
    return [error.message for error in judge.iter_errors(answer)]
