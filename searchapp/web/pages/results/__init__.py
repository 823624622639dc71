"""``/results/{jobId}``: every phase after the photo."""
