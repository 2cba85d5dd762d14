"""`python -m simulator`: run a scenario, replay a recording, score, stop and start one device."""

import sys

from simulator.commands import main

if __name__ == "__main__":
    sys.exit(main())
