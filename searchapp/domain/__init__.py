"""What a search is: states, items, phones, products, money.  No I/O anywhere below here."""
