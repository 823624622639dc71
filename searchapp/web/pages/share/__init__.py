"""``/s/{shareId}``: shared results, to look at."""
