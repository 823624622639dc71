"""``/``: a photo, a number if wanted, and start."""
