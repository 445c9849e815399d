"""The search field: words as they are typed, or a photo that others should look like."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton, QWidget

from photofinder.ui import icons, theme
from photofinder.ui.suggestions import Suggestions

PAUSE_MS = 40
"""How long the typing must rest before a search starts: short, for a search costs little."""

REMEMBERED = 100
TROUBLE_AT_MOST_PX = 300
THUMBNAIL_PX = 22


class SearchBar(QFrame):
    """Field, chip for a photo, result count. Window's thread."""

    words_typed = Signal(str)
    """The typing rested: these words, stripped, "" for none."""
    words_entered = Signal(str)
    """The user pressed Enter or chose a suggestion: these are meant."""
    cleared = Signal()
    """The user wants to see everything again."""
    words_shown = Signal(str)
    """The words in the field are these, whoever put them there."""
    left = Signal()
    """The user is done here and wants to go on among the photos, by keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("searchBar")
        self._remembered: list[str] = []
        self._told = ""
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._rested)

        self._glass = QLabel(self)
        self._chip = QToolButton(self)
        self._chip.setObjectName("chip")
        self._chip.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._chip.setToolTip(self.tr("Clear and show all photos"))
        self._chip.clicked.connect(self.clear)
        self._chip.hide()
        self.field = QLineEdit(self, frame=False)
        self.field.setPlaceholderText(self.tr("Describe what you are looking for"))
        self.field.setAccessibleName(self.tr("Search"))
        self.field.setAttribute(Qt.WidgetAttribute.WA_MacShowFocusRect, False)
        self.field.textEdited.connect(self._edited)
        self.field.returnPressed.connect(self._entered)
        self.field.installEventFilter(self)
        self._count = QLabel(self)
        self._count.setProperty("dim", True)
        self._close = QToolButton(self)
        icons.put_on(self._close, "close")
        self._close.setToolTip(self.tr("Clear (Esc)"))
        self._close.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._close.clicked.connect(self.clear)
        self._close.hide()

        self.suggestions = Suggestions(self.field)
        self.suggestions.search_chosen.connect(self._chosen)
        self.suggestions.text_completed.connect(self._completed)

        layout = QHBoxLayout(self)
        layout.setContentsMargins(10, 0, 3, 0)
        layout.setSpacing(6)
        for widget in (self._glass, self._chip, self.field, self._count, self._close):
            layout.addWidget(widget, 1 if widget is self.field else 0)
        self.setFixedHeight(36)
        self._dress()

    # --- what is shown

    @property
    def words(self) -> str:
        """The words in the field, stripped."""
        return self.field.text().strip()

    def show_words(self, words: str) -> None:
        """Show words without searching for them: the results come from elsewhere (history)."""
        self._pause.stop()
        self._chip.hide()
        if self.words != words:
            self.field.setText(words)
        self._told = words
        self.words_shown.emit(self.field.text())
        self.field.setPlaceholderText(self.tr("Describe what you are looking for"))
        self._close.setVisible(bool(words))

    def show_photo(self, name: str, thumbnail: QPixmap | None) -> None:
        """Show that the results look like a photo."""
        self.show_words("")
        self._chip.setText(self.tr("Similar to {}").format(name))
        if thumbnail is not None and not thumbnail.isNull():
            self._chip.setIcon(_square(thumbnail, self.devicePixelRatioF()))
        else:
            icons.put_on(self._chip, "similar")
        self._chip.show()
        self.field.setPlaceholderText(self.tr("or describe something else"))
        self._close.show()

    def show_count(self, text: str) -> None:
        """How many results there are and how long it took."""
        self._count.setText(text)
        self._count.setToolTip("")
        self._dress_count(warning=False)

    def show_trouble(self, what: str, remedy: str) -> None:
        """Say quietly what cannot be read of what is being typed."""
        metrics = self._count.fontMetrics()
        self._count.setText(metrics.elidedText(what, Qt.TextElideMode.ElideRight, TROUBLE_AT_MOST_PX))
        self._count.setToolTip(f"{what}\n{remedy}".strip())
        self._dress_count(warning=True)

    @property
    def count_text(self) -> str:
        """What stands at the right of the words."""
        return self._count.text()

    def remember(self, words: str) -> None:
        """Suggest these words from now on, the latest first."""
        self.set_remembered([words, *(each for each in self._remembered if each != words)])

    def set_remembered(self, all_words: Sequence[str]) -> None:
        """What to suggest, the latest first."""
        self._remembered = list(all_words[:REMEMBERED])
        self.suggestions.remember(self._remembered)

    @property
    def remembered(self) -> list[str]:
        """What is suggested, the latest first."""
        return list(self._remembered)

    # --- what the user does

    @Slot()
    def focus(self) -> None:
        """Put the cursor into the field, all selected, so that typing replaces."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    @Slot(str)
    def change_words(self, words: str) -> None:
        """These are meant from now on: a part of what was there has been taken away."""
        self.field.setText(words)
        if words:
            self._told = words
            self._close.show()
            self.words_entered.emit(words)
        else:
            self.clear()

    @Slot(int, int)
    def edit_part(self, start: int, end: int) -> None:
        """Put the cursor into the field, with these characters selected."""
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)
        self.field.setSelection(start, end - start)

    @Slot()
    def clear(self) -> None:
        """Back to everything."""
        self.show_words("")
        self.cleared.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc clears, then leads to the photos, as Down does; in an empty field Down opens what was searched before."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                if self.field.text() or self._chip.isVisible():
                    self.clear()
                else:
                    self.left.emit()
                return True
            if event.key() == Qt.Key.Key_Down:
                if self.field.text():
                    self.left.emit()
                else:
                    self._show_remembered()
                return True
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._dress(focused=event.type() is QEvent.Type.FocusIn)
        return super().eventFilter(watched, event)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme."""
        if event.type() is QEvent.Type.PaletteChange:
            self._dress()
        super().changeEvent(event)

    def _show_remembered(self) -> None:
        self.suggestions.show_remembered()

    @Slot(str)
    def _edited(self, text: str) -> None:
        self.suggestions.refresh()
        self._close.setVisible(bool(text) or self._chip.isVisible())
        self._pause.start()

    @Slot()
    def _rested(self) -> None:
        self.words_shown.emit(self.field.text())
        if self.words == self._told:
            return
        self._told = self.words
        self._chip.hide()
        if self.words:
            self.words_typed.emit(self.words)
        else:
            self.clear()

    @Slot()
    def _entered(self) -> None:
        self._pause.stop()
        self._told = self.words
        if self.words:
            self._chip.hide()
            self.remember(self.words)
            self.words_entered.emit(self.words)
            self.left.emit()

    @Slot(str)
    def _chosen(self, words: str) -> None:
        self.field.setText(words)
        self._close.show()
        self._entered()

    @Slot()
    def _completed(self) -> None:
        self._close.show()
        self._pause.start()

    def _dress_count(self, *, warning: bool) -> None:
        if bool(self._count.property("warning")) != warning:
            self._count.setProperty("warning", warning)
            self._count.setProperty("dim", not warning)
            self._count.style().unpolish(self._count)
            self._count.style().polish(self._count)

    def _dress(self, *, focused: bool | None = None) -> None:
        now = theme.current()
        focused = self.field.hasFocus() if focused is None else focused
        edge = now.accent if focused else now.line
        sheet = (
            f"#searchBar {{ background: {now.raised.name()}; border: 1px solid {edge.name()}; border-radius: 8px; }}"
            f"#chip {{ background: {theme.mixed(now.accent, now.raised, 0.22).name()}; padding: 2px 7px; }}"
            "QLineEdit { background: transparent; border: none; padding: 0; font-size: 14px; }"
        )
        if sheet != self.styleSheet():
            self.setStyleSheet(sheet)
            self._glass.setPixmap(icons.pixmap("search", now.text_dim, 18, self.devicePixelRatioF()))


def _square(thumbnail: QPixmap, ratio: float) -> QPixmap:
    side = round(THUMBNAIL_PX * ratio)
    filled = thumbnail.scaled(
        side, side, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    corner = QPoint((filled.width() - side) // 2, (filled.height() - side) // 2)
    made = filled.copy(corner.x(), corner.y(), side, side)
    made.setDevicePixelRatio(ratio)
    return made
