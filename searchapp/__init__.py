"""searchapp (shown to people as 찰칵): finds the clothes in a photo."""

__version__ = "0.1.0"
