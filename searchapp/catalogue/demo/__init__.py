"""The demo catalogue: clothes that the project draws itself, for a first look."""
