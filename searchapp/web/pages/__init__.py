"""One module a page: a function without state of its own that returns the page's elements."""
