"""Text messages: the outbox, the caps, the senders, and what providers report."""
