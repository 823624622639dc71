"""``python -m searchapp``."""

from searchapp.commands.app import main

if __name__ == "__main__":
    main()
