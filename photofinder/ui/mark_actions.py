"""Stars, flags and colour labels as actions, with the keys that photographers have in their fingers."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QWidget

from photofinder.core.types import Label, Pick
from photofinder.library.details import stars
from photofinder.ui import icons
from photofinder.ui.grid_badges import LABEL_COLOURS

_DOT_PX = 16


class MarkActions:
    """Window's thread. `make` makes an action of the window from text, icon name and keys."""

    def __init__(self, make: Callable[[str, str, str], QAction]) -> None:
        tr = _tr
        self.stars = {
            count: make(stars(count) if count else tr("No stars"), "", str(count)) for count in (5, 4, 3, 2, 1, 0)
        }
        self.flags = {
            Pick.PICKED: make(tr("Pick"), "flag", "P"),
            Pick.REJECTED: make(tr("Reject"), "close", "X"),
            Pick.NONE: make(tr("No flag"), "", "U"),
        }
        self.labels = {
            Label.RED: make(tr("Red"), "", "6"),
            Label.YELLOW: make(tr("Yellow"), "", "7"),
            Label.GREEN: make(tr("Green"), "", "8"),
            Label.BLUE: make(tr("Blue"), "", "9"),
        }
        for label, action in self.labels.items():
            action.setIcon(_dot(LABEL_COLOURS[label]))

    def add_menus(self, menu: QMenu, parent: QWidget) -> None:
        """A menu each for stars, flags and labels."""
        for name, icon, actions in (
            (_tr("Rating"), "star", self.stars),
            (_tr("Flag"), "flag", self.flags),
            (_tr("Label"), "label", self.labels),
        ):
            inner = QMenu(name, parent)
            inner.addActions(list(actions.values()))
            icons.draw(inner.actions())
            menu.aboutToHide.connect(inner.deleteLater)
            icons.put_on(menu.addMenu(inner), icon)


def keys() -> list[tuple[str, str]]:
    """What the keys do, for the sheet of all keys."""
    return [
        ("0…5", _tr("Stars")),
        ("P, X, U", _tr("Pick, reject, no flag")),
        ("6…9", _tr("Label red, yellow, green, blue")),
    ]


def _dot(colour: QColor) -> QIcon:
    pixmap = QPixmap(2 * _DOT_PX, 2 * _DOT_PX)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(0, 0, 0, 0))
    painter.setBrush(colour)
    painter.drawEllipse(3, 3, _DOT_PX - 6, _DOT_PX - 6)
    painter.end()
    return QIcon(pixmap)


def _tr(text: str) -> str:
    return QCoreApplication.translate("marks", text)
