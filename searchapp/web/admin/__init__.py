"""What stands behind ``/admin``: who may see it, and what there is to see."""
