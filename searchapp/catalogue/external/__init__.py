"""Other shops: a visual search outside, asked only with a key and the person's consent."""
