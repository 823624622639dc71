"""The OpenAPI document is the truth: whatever is sent, only what it documents comes back."""

from __future__ import annotations

import httpx
import psycopg
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from searchapp.domain.ids import api_key_hash, new_api_key
from tests.integration.api.conftest import Served
from tests.support.web import picture

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
OPERATIONS = [
    "POST /api/search-job",
    "GET /api/search-job/{job_id}",
    "DELETE /api/search-job/{job_id}",
    "GET /api/search-job/{job_id}/photo",
    "GET /api/search-job/{job_id}/events",
    "POST /api/search-job/{job_id}/items",
    "POST /api/search-job/{job_id}/again",
    "POST /api/search-job/{job_id}/cancel",
    "POST /api/search-job/{job_id}/notify",
    "POST /api/search-job/{job_id}/feedback",
    "POST /api/search-job/{job_id}/share",
    "DELETE /api/search-job/{job_id}/share",
    "POST /api/picture",
    "GET /api/share/{share_id}",
    "GET /api/products/{image_key}/image",
    "GET /api/products/{product_id}/similar",
    "GET /api/catalogue/{feed}/products/{product_id}",
    "PUT /api/catalogue/{feed}/products/{product_id}",
    "PATCH /api/catalogue/{feed}/products/{product_id}",
    "DELETE /api/catalogue/{feed}/products/{product_id}",
    "POST /api/catalogue/{feed}/batch",
    "POST /api/twilio/status",
    "POST /api/solapi/status",
    "POST /api/admin/login",
    "POST /api/admin/logout",
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
]
_KEY = new_api_key()
_BODIES = ("job", "picture", "items", "again", "notify", "feedback", "status", "login")
WITH_BODY = [
    name
    for name in OPERATIONS
    if name.endswith(_BODIES) or (name.startswith("P") and "catalogue" in name)
]
EXAMPLES = max(8, settings().max_examples // 5)


def test_operations__are_all_here(served: Served) -> None:
    paths = httpx.get(f"{served.url}/api/openapi.json", trust_env=False).json()["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}
    assert routes == set(OPERATIONS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation__answers_as_documented(served: Served, operation: str) -> None:
    _fuzz(served, operation, GenerationMode.POSITIVE)


@pytest.mark.parametrize("operation", WITH_BODY)
def test_operation__refuses_as_documented(served: Served, operation: str) -> None:
    _fuzz(served, operation, GenerationMode.NEGATIVE)


def _fuzz(served: Served, operation: str, mode: GenerationMode) -> None:
    method, path = operation.split()
    schema = schemathesis.openapi.from_url(f"{served.url}/api/openapi.json")
    job_id = _ended_job(served)
    headers = _with_key(served) if "/catalogue/" in path else {}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy(generation_mode=mode))
    def fuzz(case: schemathesis.Case) -> None:
        case.validate_response(case.call(timeout=10), checks=CHECKS)
        if headers:
            case.validate_response(case.call(timeout=10, headers=headers), checks=CHECKS)
        if "job_id" in case.path_parameters:
            case.path_parameters["job_id"] = job_id
            case.validate_response(case.call(timeout=10), checks=CHECKS)

    fuzz()


def _ended_job(served: Served) -> str:
    """A search that exists and whose stream ends at once."""
    with httpx.Client(base_url=served.url, trust_env=False) as http:
        answer = http.post("/api/search-job", files={"image": ("a.jpg", picture())})
        job_id = str(answer.json()["jobId"])
        http.post(f"/api/search-job/{job_id}/cancel")
    return job_id


def _with_key(served: Served) -> dict[str, str]:
    """The header of a key that may write."""
    with psycopg.connect(served.dsn) as connection:
        connection.execute(
            "INSERT INTO searchapp.api_keys (name, key_hash, scope) VALUES ('fuzz', %s, 'write')"
            " ON CONFLICT DO NOTHING",
            (api_key_hash(_KEY),),
        )
    return {"authorization": f"Bearer {_KEY}"}
