"""`python -m kerasgen` is `kerasgen`."""

from kerasgen.cli import main

main()
