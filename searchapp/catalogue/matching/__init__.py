"""From the features of an item to the products most like it."""
