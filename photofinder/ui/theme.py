"""The colours of the window, and the style that is made of them.

Grounds are neutral greys, because a tinted surround changes how the colours of a photo are seen; the one accent is the
amber of a darkroom's safelight. Everything here is used on the window's thread only.
"""

import enum
import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QPalette, QStyleHints
from PySide6.QtWidgets import QApplication

from photofinder.core.resources import resources_dir

if TYPE_CHECKING:
    from PySide6.QtGui import QAccessibilityHints


@dataclass(frozen=True)
class Theme:
    """One set of colours.

    `ground` lies behind photos, `panel` behind everything around them, `raised` is what can be typed into or pressed,
    `line` parts things, `text_dim` is for what need not be read first.
    """

    ground: QColor
    panel: QColor
    raised: QColor
    line: QColor
    text: QColor
    text_dim: QColor
    accent: QColor
    on_accent: QColor
    warning: QColor

    @property
    def is_dark(self) -> bool:
        """Whether the ground is darker than the text on it."""
        return self.ground.lightness() < self.text.lightness()


class Choice(enum.StrEnum):
    """What the user can ask for. Stored in the settings; values never change."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


def _theme(*colours: str) -> Theme:
    return Theme(**dict(zip((field.name for field in fields(Theme)), map(QColor, colours), strict=True)))


DARK = _theme("#1c1c1c", "#242424", "#313131", "#3a3a3a", "#e6e6e6", "#9c9c9c", "#e3a23c", "#1d1405", "#ec7567")
LIGHT = _theme("#f4f4f4", "#e9e9e9", "#fcfcfc", "#cfcfcf", "#1f1f1f", "#616161", "#96570a", "#ffffff", "#b3261e")
DARK_CONTRAST = _theme(
    "#000000", "#000000", "#141414", "#d0d0d0", "#ffffff", "#e4e4e4", "#ffd24a", "#000000", "#ff9c90"
)
LIGHT_CONTRAST = _theme(
    "#ffffff", "#ffffff", "#ffffff", "#303030", "#000000", "#262626", "#6b3c00", "#ffffff", "#8c0f08"
)

_in_use = DARK


def current() -> Theme:
    """The theme in use. Ask while painting: it changes when the user or the system says so."""
    return _in_use


def resolve(choice: Choice) -> Theme:
    """The theme that a choice means on this computer now. A system set to high contrast gets it in every choice."""
    dark = choice is Choice.DARK or (choice is Choice.SYSTEM and _hints().colorScheme() is not Qt.ColorScheme.Light)
    accessibility = _accessibility()
    if accessibility is not None and accessibility.contrastPreference() is Qt.ContrastPreference.HighContrast:
        return DARK_CONTRAST if dark else LIGHT_CONTRAST
    return DARK if dark else LIGHT


def on_system_change(call: Callable[[], object]) -> None:
    """Have `call` run whenever the system turns dark or light, or to high contrast and back."""
    _hints().colorSchemeChanged.connect(call)
    accessibility = _accessibility()
    if accessibility is not None:
        accessibility.contrastPreferenceChanged.connect(call)


@functools.cache
def _hints() -> QStyleHints:
    """Kept: when Python lets go of the hints, PySide takes what they hold for deleted, and says so ever after."""
    return QGuiApplication.styleHints()


def _accessibility() -> "QAccessibilityHints | None":
    """Since Qt 6.10."""
    return _hints().accessibility() if hasattr(_hints(), "accessibility") else None


def use(theme: Theme) -> None:
    """Dress the whole application. Widgets that paint themselves hear of it through `QEvent.PaletteChange`."""
    global _in_use  # noqa: PLW0603 - one application, one look; handing it to every delegate would only be longer
    _in_use = theme
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    if application.style().name() != "fusion":
        application.setStyle("fusion")  # the one style that takes all its colours from the palette
    application.setPalette(palette(theme))
    application.setStyleSheet(style_sheet(theme))


def palette(theme: Theme) -> QPalette:
    """What Qt's own widgets paint with."""
    made = QPalette()
    roles = QPalette.ColorRole
    for role, colour in (
        (roles.Window, theme.panel),
        (roles.WindowText, theme.text),
        (roles.Base, theme.raised),
        (roles.AlternateBase, theme.panel),
        (roles.Text, theme.text),
        (roles.Button, theme.raised),
        (roles.ButtonText, theme.text),
        (roles.BrightText, theme.warning),
        (roles.ToolTipBase, theme.raised),
        (roles.ToolTipText, theme.text),
        (roles.PlaceholderText, theme.text_dim),
        (roles.Highlight, theme.accent),
        (roles.HighlightedText, theme.on_accent),
        (roles.Accent, theme.accent),
        (roles.Link, theme.accent),
        (roles.LinkVisited, theme.accent),
    ):
        made.setColor(role, colour)
    for role in (roles.WindowText, roles.Text, roles.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, mixed(theme.text_dim, theme.panel, 0.55))
    return made


def mixed(one: QColor, other: QColor, share: float) -> QColor:
    """A colour between two: `share` (0 to 1) of `one`, the rest of `other`."""
    return QColor.fromRgbF(
        one.redF() * share + other.redF() * (1 - share),
        one.greenF() * share + other.greenF() * (1 - share),
        one.blueF() * share + other.blueF() * (1 - share),
    )


def style_sheet(theme: Theme) -> str:
    """The shapes: flat panels, soft corners, no bevels. Lengths are in device-independent pixels."""
    hover = mixed(theme.text, theme.raised, 0.10)
    names = {field.name: getattr(theme, field.name).name() for field in fields(theme)}
    names |= {
        "hover": hover.name(),
        "hover_flat": mixed(theme.text, theme.panel, 0.09).name(),
        "pressed": mixed(theme.text, theme.raised, 0.04).name(),
        "accent_hover": mixed(theme.accent, theme.text, 0.85).name(),
        "chosen": mixed(theme.accent, theme.panel, 0.22).name(),
        "handle": mixed(theme.text, theme.panel, 0.25).name(),
        "off": mixed(theme.text_dim, theme.panel, 0.55).name(),
    }
    tick = resources_dir() / "icons" / ("tick-dark.svg" if theme.on_accent.lightness() < 128 else "tick-light.svg")
    return _SHEET.format(tick=tick.as_posix(), **names)


_SHEET = """
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {line}; padding: 4px 6px; }}
QMainWindow, QDialog {{ background: {panel}; }}
QSplitter::handle {{ background: {line}; }}
QSplitter::handle:horizontal {{ width: 1px; }}
QMenu {{ background: {raised}; color: {text}; border: 1px solid {line}; padding: 5px; }}
QMenu::item {{ padding: 6px 26px 6px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {hover}; }}
QMenu::item:disabled {{ color: {off}; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {line}; margin: 5px 8px; }}
QToolButton {{ background: transparent; color: {text}; border: 1px solid transparent; border-radius: 6px;
    padding: 5px; }}
QToolButton:hover {{ background: {hover_flat}; }}
QToolButton:pressed {{ background: {pressed}; }}
QToolButton:checked {{ color: {accent}; }}
QToolButton:focus {{ border-color: {accent}; }}
QToolButton:disabled {{ color: {off}; }}
QToolButton::menu-indicator {{ image: none; }}
QToolButton#labelled {{ padding: 5px 10px; }}
QPushButton {{ background: {raised}; color: {text}; border: 1px solid {line}; border-radius: 6px; padding: 6px 14px; }}
QPushButton:hover {{ background: {hover}; }}
QPushButton:pressed {{ background: {pressed}; }}
QPushButton:focus {{ border-color: {accent}; }}
QPushButton:disabled {{ color: {off}; background: {panel}; }}
QPushButton[primary="true"] {{ background: {accent}; color: {on_accent}; border-color: {accent}; font-weight: 600; }}
QPushButton[primary="true"]:hover {{ background: {accent_hover}; }}
QPushButton[primary="true"]:focus {{ border: 2px solid {text}; padding: 5px 13px; }}
QPushButton[primary="true"]:disabled {{ background: {raised}; color: {off}; border-color: {line}; }}
QPushButton[link="true"] {{ background: transparent; border: 1px solid transparent; padding: 2px 4px;
    color: {accent}; }}
QPushButton[link="true"]:hover {{ text-decoration: underline; }}
QPushButton[link="true"]:focus {{ border-color: {accent}; }}
QPushButton[warning="true"] {{ color: {warning}; }}
QLineEdit {{ background: {raised}; color: {text}; border: 1px solid {line}; border-radius: 6px; padding: 5px 8px;
    selection-background-color: {accent}; selection-color: {on_accent}; }}
QLineEdit:focus {{ border-color: {accent}; }}
QListWidget, QTreeView, QTreeWidget, QTextBrowser {{ background: {panel}; color: {text}; border: none; outline: 0; }}
QTreeView::item, QListWidget::item {{ border-radius: 5px; padding: 4px 4px; }}
QTreeView::item:hover, QListWidget::item:hover {{ background: {hover_flat}; }}
QTreeView::item:selected, QListWidget::item:selected {{ background: {chosen}; color: {text}; }}
QTreeView {{ selection-background-color: transparent; }}
QTreeView#navigation {{ padding: 8px 6px; }}
QTreeView#navigation::item {{ border-radius: 0; }}
QFrame#framed {{ background: {ground}; border: 1px solid {line}; border-radius: 8px; }}
QFrame#framed QListWidget, QFrame#framed QTreeWidget {{ background: transparent; }}
QFrame#line {{ background: {line}; border: none; max-height: 1px; min-height: 1px; }}
QWidget#ground {{ background: {ground}; }}
QLabel[dim="true"] {{ color: {text_dim}; }}
QLabel[warning="true"] {{ color: {warning}; }}
QLabel[accent="true"] {{ color: {accent}; font-weight: 600; padding: 6px 8px; }}
QLabel[heading="true"] {{ font-size: 17px; font-weight: 600; }}
QLabel[caps="true"] {{ color: {text_dim}; font-size: 11px; font-weight: 600; }}
QScrollBar {{ background: transparent; border: none; margin: 0; }}
QScrollBar:vertical {{ width: 12px; }}
QScrollBar:horizontal {{ height: 12px; }}
QScrollBar::handle {{ background: {handle}; border-radius: 4px; margin: 2px; }}
QScrollBar::handle:vertical {{ min-height: 32px; }}
QScrollBar::handle:horizontal {{ min-width: 32px; }}
QScrollBar::handle:hover {{ background: {text_dim}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QProgressBar {{ background: {line}; border: none; border-radius: 2px; max-height: 4px; min-height: 4px; }}
QProgressBar::chunk {{ background: {accent}; border-radius: 2px; }}
QCheckBox, QRadioButton {{ spacing: 9px; padding: 3px; border: 1px solid transparent; border-radius: 5px; }}
QCheckBox:focus, QRadioButton:focus {{ border-color: {accent}; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: 14px; height: 14px; background: {raised};
    border: 1px solid {text_dim}; border-radius: 4px; }}
QRadioButton::indicator {{ border-radius: 8px; }}
QCheckBox::indicator:checked {{ background: {accent}; border-color: {accent}; image: url("{tick}"); }}
QRadioButton::indicator:checked {{ border-color: {accent}; background: qradialgradient(cx: 0.5, cy: 0.5, radius: 0.5,
    fx: 0.5, fy: 0.5, stop: 0 {accent}, stop: 0.55 {accent}, stop: 0.65 {raised}, stop: 1 {raised}); }}
QSlider::groove:horizontal {{ background: {line}; height: 2px; border-radius: 1px; }}
QSlider::sub-page:horizontal {{ background: {text_dim}; height: 2px; }}
QSlider::handle:horizontal {{ background: {text_dim}; width: 12px; height: 12px; margin: -5px 0; border-radius: 6px; }}
QSlider::handle:horizontal:hover, QSlider::handle:horizontal:focus {{ background: {accent}; }}
"""
