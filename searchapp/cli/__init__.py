"""The commands.  Each prints one line and exits with 1 when an operator has to do something."""
