"""/api/docs: the API's reference as one plain page made from the OpenAPI document.

It loads nothing, not from here and not from elsewhere, and runs no script.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

from searchapp.http.response_headers import script_hash

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; font-size: 1.15rem; } code, pre { font-family: ui-monospace, monospace; }
.method { display: inline-block; min-width: 4.5rem; font-weight: 700; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top;
padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8886; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8886; border-radius: .5rem; }
"""

POLICY = (
    f"default-src 'none'; style-src {script_hash(_STYLE)}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""The one inline style, and nothing else."""


def reference_page(openapi: dict[str, Any]) -> str:
    """The page for an OpenAPI document."""
    title = escape(openapi["info"]["title"])
    head = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{title}</h1>"
        f"<p>{escape(openapi['info'].get('description', ''))}</p>"
        '<p>As a document for programs: <a href="/api/openapi.json">/api/openapi.json</a></p>'
    )
    parts = [head]
    for path, operations in openapi["paths"].items():
        for method, operation in operations.items():
            parts.extend(_operation(path, method, operation))
    parts.append("<h1>Schemas</h1>")
    for name, schema in sorted(openapi["components"]["schemas"].items()):
        parts.extend(_schema(name, schema))
    parts.append("</main></body></html>")
    return "".join(parts)


def _operation(path: str, method: str, operation: dict[str, Any]) -> Iterator[str]:
    yield f'<h2><span class="method">{method.upper()}</span> <code>{escape(path)}</code></h2>'
    yield f"<p>{escape(operation.get('summary', ''))}. "
    yield f"{escape(operation.get('description', ''))}</p>"
    rows = [*_parameters(operation), *_body(operation)]
    if rows:
        yield f"<table><tr><th>Takes</th><th></th></tr>{''.join(rows)}</table>"
    yield "<table><tr><th>Answers</th><th></th></tr>"
    for status, answer in sorted(operation["responses"].items()):
        described = f"{escape(answer.get('description', ''))} {_kinds(answer)}"
        yield f"<tr><td><code>{escape(status)}</code></td><td>{described}</td></tr>"
    yield "</table>"


def _parameters(operation: dict[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", []):
        need = "required" if parameter.get("required") else "optional"
        yield (
            f"<tr><td><code>{escape(parameter['name'])}</code></td>"
            f"<td>{escape(parameter['in'])}, {need}. "
            f"{escape(parameter.get('description', ''))}</td></tr>"
        )


def _body(operation: dict[str, Any]) -> Iterator[str]:
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"<tr><td><code>{escape(kind)}</code></td><td>{_named(content['schema'])}</td></tr>"
        yield from _properties(content["schema"])


def _kinds(answer: dict[str, Any]) -> str:
    named = [_named(content.get("schema", {})) for content in answer.get("content", {}).values()]
    return " ".join(filter(None, named))


def _schema(name: str, schema: dict[str, Any]) -> Iterator[str]:
    yield f'<h2 id="{escape(name)}">{escape(name)}</h2>'
    yield f"<p>{escape(schema.get('description', ''))}</p><table>"
    yield from _properties(schema)
    if "enum" in schema:
        yield f"<tr><td>{escape(', '.join(map(str, schema['enum'])))}</td></tr>"
    yield "</table>"


def _properties(schema: dict[str, Any]) -> Iterator[str]:
    required = schema.get("required", [])
    for name, inner in schema.get("properties", {}).items():
        need = "" if name in required else "optional. "
        yield (
            f"<tr><td><code>{escape(name)}</code></td><td>{_named(inner)} {need}"
            f"{escape(str(inner.get('description', '')))}</td></tr>"
        )


def _named(schema: dict[str, Any]) -> str:
    """A schema in a few words, with links to the schemas it names."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_named(option) for option in schema["anyOf"])
    if "enum" in schema:
        return escape(" | ".join(map(str, schema["enum"])))
    if schema.get("type") == "array":
        return f"list of {_named(schema.get('items', {}))}"
    return escape(str(schema.get("format") or schema.get("type", "")))
