"""The vector index: which embeddings are nearest to a query. A cache that may be deleted at any time.

`index` is the whole of it for the layers above. Beneath: `snapshot` (what one search sees), `file` (the
mapped file), `build` (writing one), `graph` (USearch), `tail` (what is newer than the file), `exact` (the dot
products).
"""
