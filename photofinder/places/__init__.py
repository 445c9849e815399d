"""Where photos were taken, without a network: the bundled table of places and the bundled map.

The data lie in `resources/places/` (its LICENSES.md says where they come from); nothing here opens a connection.
"""
