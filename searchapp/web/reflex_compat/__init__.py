"""Everything that knows Reflex's insides, pinned to its version."""
