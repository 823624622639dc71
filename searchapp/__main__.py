"""``python -m searchapp``."""

from searchapp.cli.app import main

if __name__ == "__main__":
    main()
