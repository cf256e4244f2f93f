"""`python -m kerasgen` is `kerasgen`."""

from kerasgen.cli import main

if __name__ == "__main__":
    main()
