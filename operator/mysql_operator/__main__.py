"""`python -m mysql_operator` is the command `mysql-operator`."""

import sys

from mysql_operator.cli import main

sys.exit(main())
