"""Text messages: the outbox, the caps, the sender loop, the providers and their reports."""
