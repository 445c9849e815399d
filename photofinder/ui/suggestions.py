"""What the search field suggests while one types: fields and values of the query language, and earlier searches."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit

from photofinder.library.query.completions import completions

WHOLE = Qt.ItemDataRole.UserRole
"""The whole text that the field has once a suggestion is taken."""
CURSOR = Qt.ItemDataRole.UserRole + 1
"""Where the cursor stands then; -1 for an earlier search, which is searched at once."""
MOST = 12
LEAST_LETTERS = 2
"""Of a field's name: with one letter nobody means a field."""


class Suggestions(QObject):
    """Keeps the popup of a field up to date. Window's thread."""

    search_chosen = Signal(str)
    """An earlier search was chosen, and is meant."""
    text_completed = Signal()
    """Something was put in at the cursor; more is typed."""

    def __init__(self, field: QLineEdit) -> None:
        super().__init__(field)
        self._field = field
        self._remembered: list[str] = []
        self._values: dict[str, list[str]] = {}
        self._model = QStandardItemModel(self)
        self.completer = QCompleter(self._model, self)
        # What fits is worked out here: what is put in at the cursor need not begin with what stands before it.
        self.completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.completer.setCompletionRole(WHOLE)
        self.completer.setMaxVisibleItems(MOST)
        # Queued: the field puts the text in by itself, and the cursor to its end.
        self.completer.activated.connect(self._chosen, Qt.ConnectionType.QueuedConnection)
        field.setCompleter(self.completer)

    def know(self, values: dict[str, list[str]]) -> None:
        """Values of fields that photos have, the most frequent first."""
        self._values = values

    def remember(self, all_words: Sequence[str]) -> None:
        """What was searched for, the latest first."""
        self._remembered = list(all_words)

    def refresh(self) -> None:
        """The text has changed: suggest what fits it now."""
        text, cursor = self._field.text(), self._field.cursorPosition()
        self._model.clear()
        for found in completions(text, cursor, lambda name: self._values.get(name, ())):
            if found.end - found.start < LEAST_LETTERS or text[found.start : found.end] == found.text:
                continue
            whole = text[: found.start] + found.text + text[found.end :]
            self._add(f"{found.text}    {found.hint}", whole, found.start + len(found.text))
        typed = text.strip().casefold()
        for words in [each for each in self._remembered if typed in each.casefold() and each != text.strip()][:MOST]:
            self._add(words, words, -1)

    def show_remembered(self) -> None:
        """Open the popup with everything that was searched for."""
        self.refresh()
        if self._model.rowCount():
            self.completer.complete()

    @property
    def shown(self) -> list[str]:
        """The whole texts that are suggested now."""
        return [str(self._model.item(row).data(WHOLE)) for row in range(self._model.rowCount())]

    def _add(self, said: str, whole: str, cursor: int) -> None:
        item = QStandardItem(said)
        item.setData(whole, WHOLE)
        item.setData(cursor, CURSOR)
        self._model.appendRow(item)

    @Slot(str)
    def _chosen(self, whole: str) -> None:
        rows = range(self._model.rowCount())
        cursor = next((int(item.data(CURSOR)) for item in map(self._model.item, rows) if item.data(WHOLE) == whole), -1)
        self._field.setText(whole)
        if cursor < 0:
            self.search_chosen.emit(whole)
            return
        self._field.setCursorPosition(cursor)
        self.text_completed.emit()
        self.refresh()
