"""Photos as files: what they are, their pixels, their metadata, their fingerprints and thumbnails."""
