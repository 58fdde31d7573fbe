"""python3 -m rarena_lab: what scripts/lab runs."""

import sys

from .cli import main

sys.exit(main())
