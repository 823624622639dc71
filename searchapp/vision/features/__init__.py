"""What is kept of a picture for matching."""
