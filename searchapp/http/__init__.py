"""What the API and the pages share of HTTP: clients, languages, rates, error responses."""
