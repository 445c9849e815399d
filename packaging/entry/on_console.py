"""What the frozen program starts with on the command line."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a child process begins here too, and goes no further than this line
    from photofinder.__main__ import main

    sys.exit(main())
