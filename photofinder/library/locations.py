"""Where things lie on disk."""

from dataclasses import dataclass
from pathlib import Path

import platformdirs

NAME = "PhotoFinder"


@dataclass(frozen=True, slots=True)
class Locations:
    """The folders of one library. `bundles` is shared by all libraries of a user."""

    data: Path
    cache: Path
    bundles: Path

    @property
    def catalogue(self) -> Path:
        """The file that is the truth; everything else can be made again."""
        return self.data / "catalogue.sqlite"

    @property
    def vectors(self) -> Path:
        """The vector indexes, one folder for each embedding space."""
        return self.data / "vectors"

    @property
    def thumbnails(self) -> Path:
        """Thumbnails and previews, named by fingerprint."""
        return self.cache / "thumbnails"


def locations(library: Path | None = None) -> Locations:
    """The user's own library, or one that keeps everything (its cache too) in a folder of its own."""
    data = Path(platformdirs.user_data_dir(NAME, appauthor=False))
    if library is not None:
        return Locations(library, library / "cache", data / "bundles")
    return Locations(data / "library", Path(platformdirs.user_cache_dir(NAME, appauthor=False)), data / "bundles")
