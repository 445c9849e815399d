"""PhotoFinder: search your own photo library with words, offline."""

__version__ = "0.1.0"
