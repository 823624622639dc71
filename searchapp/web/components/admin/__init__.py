"""The parts of the operator's page."""
