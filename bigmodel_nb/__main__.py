"""`python -m bigmodel_nb`: the `bigmodel` command where its folder is not on the PATH."""

import sys

from bigmodel_nb.cli import main

if __name__ == "__main__":
    sys.exit(main())
