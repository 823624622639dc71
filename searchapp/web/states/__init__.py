"""What the server shows on a page.  A state is a cache: it can be lost at any time.

Everything a person *does* is a request to the HTTP API; the states here only read.
"""
