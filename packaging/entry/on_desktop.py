"""What the frozen program starts with from a desktop: the window, without a console."""

import multiprocessing
import sys

if __name__ == "__main__":
    multiprocessing.freeze_support()  # a child process begins here too, and goes no further than this line
    from photofinder.__main__ import window

    sys.exit(window())
