"""Every query, one module a subject."""
