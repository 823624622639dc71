"""From the rows of a feed to products that can be found."""
