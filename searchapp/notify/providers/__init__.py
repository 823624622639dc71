"""The senders of text messages behind one port."""
