"""Line icons from our own SVG files, in the colours of the theme. Window's thread only."""

import functools
from collections.abc import Iterable

from PySide6.QtCore import QByteArray, QObject, QRectF, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from photofinder.core.resources import resources_dir
from photofinder.ui import theme

SIZES_PX = (16, 20, 24, 32, 48, 64)
"""Rendered at these sizes, so that no scaling of the screen blurs a line."""

_PROPERTY = "iconName"


@functools.lru_cache
def _drawing(name: str) -> str:
    return (resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


def pixmap(name: str, colour: QColor, size_px: int, ratio: float = 1.0) -> QPixmap:
    """An icon in one colour; `ratio` is the screen's device pixel ratio. Raises FileNotFoundError for no such icon."""
    drawing = _drawing(name).replace("currentColor", colour.name())
    made = QPixmap(round(size_px * ratio), round(size_px * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(made.rect()))
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


def icon(name: str) -> QIcon:
    """An icon in the theme's colours: dim when disabled, the accent when switched on."""
    now = theme.current()
    made = QIcon()
    for size_px in SIZES_PX:
        for mode, state, colour in (
            (QIcon.Mode.Normal, QIcon.State.Off, now.text),
            (QIcon.Mode.Normal, QIcon.State.On, now.accent),
            (QIcon.Mode.Disabled, QIcon.State.Off, theme.mixed(now.text_dim, now.panel, 0.5)),
        ):
            made.addPixmap(pixmap(name, colour, size_px), mode, state)
    return made


def put_on(wearer: QAbstractButton | QAction, name: str) -> None:
    """Give a button or an action its icon, remembered so that `retint` can follow a change of theme."""
    wearer.setProperty(_PROPERTY, name)
    wearer.setIcon(icon(name))


def name_for(wearer: QAction, name: str) -> None:
    """Say which icon an action is to have when `draw` is called: most actions are in menus that nobody may open."""
    wearer.setProperty(_PROPERTY, name)


def draw(wearers: Iterable[QAction]) -> None:
    """Draw the icons that were only named, of actions about to be seen."""
    for wearer in wearers:
        name = wearer.property(_PROPERTY)
        if name and wearer.icon().isNull():
            wearer.setIcon(icon(name))


def retint(top: QObject) -> None:
    """Draw the icons of everything below `top` again, after the theme has changed."""
    for child in top.findChildren(QObject):
        name = child.property(_PROPERTY)
        if name and isinstance(child, (QAbstractButton, QAction)) and not child.icon().isNull():
            child.setIcon(icon(name))


def program_icon() -> QIcon:
    """The program's own mark, for the window and the task bar."""
    made = QIcon()
    for size_px in (*SIZES_PX, 128, 256):
        made.addPixmap(pixmap("photofinder", QColor("black"), size_px))
    return made
