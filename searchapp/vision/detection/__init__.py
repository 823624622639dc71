"""Where garments and people are in a picture."""
