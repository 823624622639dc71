"""The HTTP API: JSON, camelCase, described at /api/openapi.json."""
