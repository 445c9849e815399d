"""What a window remembers from one time to the next: an INI file beside the catalogue."""

import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from photofinder.library.browse import FolderScope, Order
from photofinder.library.export import Saying, Wanted
from photofinder.ui.browsing import Query, Scope
from photofinder.ui.export_dialog import usual_folder
from photofinder.ui.limits import Limits
from photofinder.ui.map_choice import ChosenGround
from photofinder.ui.theme import Choice


class WindowState:
    """Window's thread. Anything in the file that is not understood counts as not there."""

    def __init__(self, data: Path) -> None:
        self._settings = QSettings(str(data / "window.ini"), QSettings.Format.IniFormat)

    def save(self) -> None:
        """Write what has changed."""
        self._settings.sync()

    # --- shapes

    def shape(self, name: str) -> QByteArray | None:
        """Geometry or splitter sizes, as Qt packs them."""
        found = self._settings.value(name)
        return found if isinstance(found, QByteArray) else None

    def set_shape(self, name: str, shape: QByteArray) -> None:
        """Remember geometry or splitter sizes."""
        self._settings.setValue(name, shape)

    def number(self, name: str, default: int) -> int:
        """A whole number."""
        try:
            return int(str(self._settings.value(name, default)))
        except ValueError:
            return default

    def set_number(self, name: str, number: int) -> None:
        """Remember a whole number."""
        self._settings.setValue(name, number)

    @property
    def theme(self) -> Choice:
        """The look that was chosen."""
        try:
            return Choice(str(self._settings.value("theme", Choice.DARK.value)))
        except ValueError:
            return Choice.DARK

    @theme.setter
    def theme(self, choice: Choice) -> None:
        self._settings.setValue("theme", choice.value)

    @property
    def ground(self) -> ChosenGround:
        """What the map is drawn from."""
        match self._document("ground"):
            case [str(path), bool(named)] if path:
                return ChosenGround(Path(path), named)
            case _:
                return ChosenGround()

    @ground.setter
    def ground(self, ground: ChosenGround) -> None:
        self._settings.setValue("ground", json.dumps(["" if ground.path is None else str(ground.path), ground.named]))

    @property
    def gentle(self) -> bool:
        """Whether ingests leave the computer to whoever works with it."""
        return bool(self.number("gentle", 0))

    @gentle.setter
    def gentle(self, gentle: bool) -> None:
        self.set_number("gentle", int(gentle))

    @property
    def limits(self) -> Limits:
        """How much memory and disk may be taken."""
        usual = Limits()
        return Limits(*(self.number(name, getattr(usual, name)) for name in Limits._fields)).sensible

    @limits.setter
    def limits(self, limits: Limits) -> None:
        for name, megabytes in limits._asdict().items():
            self.set_number(name, megabytes)

    @property
    def export(self) -> Wanted:
        """What copies were like the last time."""
        found = self._document("export")
        match found:
            case [str(folder), int() | None as long_px, int(quality), str(saying)] if saying in set(Saying):
                return Wanted(Path(folder), long_px, min(100, max(1, quality)), Saying(saying))
            case _:
                return Wanted(usual_folder())

    @export.setter
    def export(self, wanted: Wanted) -> None:
        stored = [str(wanted.folder), wanted.long_px, wanted.quality, wanted.saying.value]
        self._settings.setValue("export", json.dumps(stored))

    # --- searches

    @property
    def words(self) -> list[str]:
        """What was searched for, the latest first."""
        found = self._document("words")
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []

    @words.setter
    def words(self, words: Sequence[str]) -> None:
        self._settings.setValue("words", json.dumps(list(words)))

    @property
    def query(self) -> Query:
        """What was shown. A photo from outside the library that others looked like is not remembered."""
        found = self._document("query")
        if not isinstance(found, dict):
            return Query()
        words = found.get("words")
        order = next((order for order in Order if order.name == found.get("order")), None)
        return Query(words if isinstance(words, str) else "", None, _scope(found.get("scope")), order)

    @query.setter
    def query(self, query: Query) -> None:
        scope: list[object] | None = None
        if isinstance(query.scope, FolderScope):
            scope = ["folder", query.scope.root_id, query.scope.path.hex()]
        elif query.scope is not None:
            scope = ["days", query.scope.start, query.scope.stop]
        order = query.order.name if query.order else None
        self._settings.setValue("query", json.dumps({"words": query.words, "order": order, "scope": scope}))

    @property
    def selection(self) -> list[int]:
        """Ids of the photos that were selected."""
        found = self._document("selection")
        return [each for each in found if isinstance(each, int)] if isinstance(found, list) else []

    @selection.setter
    def selection(self, ids: Sequence[int]) -> None:
        self._settings.setValue("selection", json.dumps([int(each) for each in ids]))

    def _document(self, name: str) -> object:
        try:
            return json.loads(str(self._settings.value(name, "null")))
        except ValueError:
            return None


def _scope(found: object) -> Scope | None:
    match found:
        case ["folder", int(root_id), str(path)]:
            try:
                return FolderScope(root_id, bytes.fromhex(path))
            except ValueError:
                return None
        case ["days", int(start), int(stop)]:
            return range(start, stop)
        case _:
            return None
