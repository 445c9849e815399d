"""How much memory and disk the window may take for what it could make again."""

from typing import NamedTuple

THUMBNAILS_MB = (48, 96, 192, 384)
PICTURES_MB = (256, 512, 1024, 2048)
PREVIEWS_MB = (500, 1_000, 2_000, 5_000, 20_000)


class Limits(NamedTuple):
    """In megabytes. Thumbnails and pictures are in memory, previews on disk.

    As they come: thumbnails for about thirty screens full, two photos of 24 megapixels with their neighbours'
    previews, and previews of about ten thousand photos.
    """

    thumbnails_mb: int = 96
    pictures_mb: int = 512
    previews_mb: int = 2_000

    @property
    def sensible(self) -> "Limits":
        """The same, within what can be chosen."""
        return Limits(
            min(max(self.thumbnails_mb, THUMBNAILS_MB[0]), THUMBNAILS_MB[-1]),
            min(max(self.pictures_mb, PICTURES_MB[0]), PICTURES_MB[-1]),
            min(max(self.previews_mb, PREVIEWS_MB[0]), PREVIEWS_MB[-1]),
        )
