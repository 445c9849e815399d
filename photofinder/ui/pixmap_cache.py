"""Thumbnails ready to be painted, bounded in bytes: the least lately seen go first."""

from collections import OrderedDict
from dataclasses import dataclass

from PySide6.QtGui import QPixmap


@dataclass(frozen=True, slots=True)
class Painted:
    """A thumbnail in the size that was asked for. `sharp` unless it was enlarged from too few pixels."""

    pixmap: QPixmap
    sharp: bool

    @property
    def size_px(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        return self.pixmap.width(), self.pixmap.height()


class PixmapCache:
    """Pixmaps by photo id. For the window's thread, as pixmaps are."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._kept: OrderedDict[int, Painted] = OrderedDict()
        self.held_bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, photo_id: int) -> Painted | None:
        """A photo's thumbnail, in whatever size it was last asked for."""
        found = self._kept.get(photo_id)
        if found is not None:
            self._kept.move_to_end(photo_id)
        return found

    def put(self, photo_id: int, painted: Painted) -> None:
        """Keep a thumbnail instead of what was kept for the photo; others may have to go."""
        self.discard(photo_id)
        self._kept[photo_id] = painted
        self.held_bytes += _bytes(painted)
        self._make_room()

    def set_limit(self, limit_bytes: int) -> None:
        """Keep no more than this from now on."""
        self._limit_bytes = limit_bytes
        self._make_room()

    def discard(self, photo_id: int) -> None:
        """Forget a photo's thumbnail, if there is one."""
        found = self._kept.pop(photo_id, None)
        if found is not None:
            self.held_bytes -= _bytes(found)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()
        self.held_bytes = 0

    def _make_room(self) -> None:
        while self.held_bytes > self._limit_bytes and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self.held_bytes -= _bytes(oldest)


def _bytes(painted: Painted) -> int:
    width_px, height_px = painted.size_px
    return 4 * width_px * height_px
