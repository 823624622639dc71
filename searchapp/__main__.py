"""``python -m searchapp``."""

import gc

if __name__ == "__main__":
    gc.disable()  # What imports make stays: to look for garbage in it takes a tenth of the start.
    from searchapp.cli.app import main

    gc.enable()
    main()
