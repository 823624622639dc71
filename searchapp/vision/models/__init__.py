"""The models: files, checksums, and how they are run."""
