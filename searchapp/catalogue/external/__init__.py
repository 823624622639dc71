"""Other shops: an external visual search, asked only with a key and the person's consent."""
