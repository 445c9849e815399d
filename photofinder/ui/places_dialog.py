"""Places proposed for photos that state none, to be looked at and accepted."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QTimer, Slot
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled, PhotoFinderError, QueryProblem
from photofinder.library import accepting, proposing, zones
from photofinder.library.browse import details, thumbnail
from photofinder.library.library import Library
from photofinder.library.proposing import Found, Proposals, Track
from photofinder.ui import icons, theme, wording
from photofinder.ui.latest import LatestWorker
from photofinder.ui.picture_bar import ElidedLabel
from photofinder.ui.place_accepting import PlaceAccepting
from photofinder.ui.proposal_list import THUMBNAIL_PX, ProposalModel, Shown

PAUSE_MS = 300
"""The typing of an offset rests."""
_FETCH_MS = 30
_LEAST_PERCENT = 50


@dataclass(frozen=True, slots=True)
class _Looked:
    found: Found
    track: Track | None
    accepted: int


class PlacesDialog(QDialog):
    """For some photos, or (None) for all. Window's thread; a thread of its own looks; ends with the dialog."""

    def __init__(
        self, library: Library, placing: PlaceAccepting, ids: Sequence[int] | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._library = library
        self._placing = placing
        self._ids = None if ids is None else list(ids)
        self._path: Path | None = None
        self._track: Track | None = None
        self._cancel = CancelToken()
        self._found: Found | None = None
        self._worker = LatestWorker("proposed places", self, at_end=library.reader.close)
        self._worker.done.connect(self._take)
        self._worker.failed.connect(self._take_problem)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._look)
        self._fetching = QTimer(self, singleShot=True, interval=_FETCH_MS)
        self._fetching.timeout.connect(self._fetch)
        self.setWindowTitle(self.tr("Propose places"))
        self.resize(880, 620)
        self._make_widgets()
        self._lay_out()
        placing.changed.connect(self._look)
        self._look()

    def _make_widgets(self) -> None:
        of = self.tr("all photos") if self._ids is None else wording.photos(len(self._ids))
        self._heading = QLabel(self.tr("Places for {}").format(of))
        self._heading.setProperty("heading", True)
        self._track_name = ElidedLabel(self.tr("None: only other photos taken within minutes are asked"), self)
        self.choose = QPushButton(self.tr("Choose a GPX file…"))
        icons.put_on(self.choose, "path")
        self.choose.clicked.connect(self._choose)
        self.offset = QLineEdit()
        self.offset.setPlaceholderText("+00:00")
        self.offset.setAccessibleName(self.tr("Distance of the camera's clock from UTC"))
        self.offset.setFixedWidth(110)
        self.offset.textEdited.connect(self._edited)
        self._offset_note = QLabel()
        self._offset_note.setProperty("dim", True)
        self.use_offset = QPushButton()
        self.use_offset.setProperty("link", True)
        self.use_offset.clicked.connect(self._use_suggested)
        self.use_offset.hide()
        self.model = ProposalModel(self)
        self.table = _table(self.model)
        self.table.verticalScrollBar().valueChanged.connect(self._fetch_soon)
        self.table.selectionModel().selectionChanged.connect(self._say_chosen)
        self.least = QSlider(Qt.Orientation.Horizontal)
        self.least.setRange(0, 100)
        self.least.setValue(_LEAST_PERCENT)
        self.least.setFixedWidth(220)
        self.least.setAccessibleName(self.tr("Least confidence in percent"))
        self.least.valueChanged.connect(self._show)
        self._least_words = QLabel()
        self._said = QLabel()
        self._said.setProperty("dim", True)
        self._said.setWordWrap(True)
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self.withdraw = QPushButton()
        self.withdraw.clicked.connect(lambda: self._placing.withdraw(self._ids))
        self.withdraw.hide()
        self.end = QPushButton(self.tr("Close"))
        self.end.clicked.connect(self.reject)
        self.accept_some = QPushButton()
        self.accept_some.clicked.connect(self._accept_chosen)
        self.accept_all = QPushButton()
        self.accept_all.setProperty("primary", True)
        self.accept_all.clicked.connect(lambda: self._accept(self.model.rows.tolist()))

    def _lay_out(self) -> None:
        track = QHBoxLayout()
        track.addWidget(self._track_name, 1)
        track.addWidget(self.choose)
        clock = QHBoxLayout()
        clock.addWidget(self.offset)
        clock.addSpacing(10)
        clock.addWidget(self._offset_note)
        clock.addWidget(self.use_offset)
        clock.addStretch(1)
        sure = QHBoxLayout()
        sure.addWidget(self.least)
        sure.addSpacing(12)
        sure.addWidget(self._least_words)
        sure.addStretch(1)
        grid = QGridLayout()
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(10)
        grid.setColumnStretch(1, 1)
        for row, (name, what) in enumerate(
            ((self.tr("Track"), track), (self.tr("Clock"), clock), (self.tr("At least"), sure))
        ):
            title = QLabel(name)
            title.setProperty("dim", True)
            grid.addWidget(title, row, 0)
            grid.addLayout(what, row, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.withdraw)
        buttons.addStretch(1)
        for button in (self.end, self.accept_some, self.accept_all):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 20)
        layout.setSpacing(14)
        layout.addWidget(self._heading)
        layout.addLayout(grid)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._said)
        layout.addLayout(buttons)

    @property
    def said(self) -> str:
        """What came of looking."""
        return self._said.text()

    @property
    def note(self) -> str:
        """What is said of the camera's clock."""
        return self._offset_note.text()

    def set_track(self, path: Path) -> None:
        """Look along this GPX file."""
        self._path, self._track = path, None
        self._track_name.setText(path.name)
        self._track_name.setToolTip(str(path))
        self._look()

    def done(self, result: int) -> None:
        """Qt's: however the dialog ends, what it began ends too."""
        self._pause.stop()
        self._fetching.stop()
        self._cancel.cancel()
        self._worker.close()
        super().done(result)

    def resizeEvent(self, event: object) -> None:
        """Qt's: more lines may be in view."""
        super().resizeEvent(event)  # pyright: ignore[reportArgumentType]
        self._fetch_soon()

    # --- looking

    @Slot()
    def _look(self) -> None:
        try:
            text = self.offset.text().strip()
            offset_min = zones.minutes(text) if text else None
        except QueryProblem as problem:
            self._offset_note.setText(problem.remedy)
            self.use_offset.hide()
            return
        self._cancel.cancel()
        cancel = self._cancel = CancelToken()
        library, ids, path, known = self._library, self._ids, self._path, self._track

        def look() -> _Looked:
            track = proposing.read_track(path) if known is None and path is not None else known
            found = proposing.propose(library, track, only=ids, offset_min=offset_min, cancel=cancel)
            kept = accepting.accepted_ids(library)
            return _Looked(found, track, len(kept if ids is None else set(kept).intersection(ids)))

        self._said.setText(self.tr("Looking…"))
        self._worker.run("look", look)

    @Slot(object, object)
    def _take(self, key: object, result: object) -> None:
        if key == "rows":
            assert isinstance(result, tuple)
            self.model.keep(*result)
            return
        assert isinstance(result, _Looked)
        self._found, self._track = result.found, result.track
        self.withdraw.setText(self.tr("Take back {}").format(wording.count(result.accepted)))
        self.withdraw.setToolTip(self.tr("Places that were accepted for these photos"))
        self.withdraw.setVisible(result.accepted > 0)
        self._say_zone(result.found)
        self._show()

    @Slot(object, object)
    def _take_problem(self, _key: object, problem: object) -> None:
        assert isinstance(problem, PhotoFinderError)
        if isinstance(problem, Cancelled):
            return
        if isinstance(problem, QueryProblem):  # the track is of no use
            self._path = None
            self._track_name.setText(self.tr("None"))
        self._said.setText(f"{problem.what}\n{problem.remedy}".strip())

    def _say_zone(self, found: Found) -> None:
        note, suggestion = "", found.suggested_min
        if self._track is not None and found.without_zone:
            note = self.tr("{} do not say how far their clock was from UTC.").format(wording.photos(found.without_zone))
        elif self._track is not None and not self.offset.text().strip():
            note = self.tr("The photos say themselves how far their clock was from UTC.")
        else:
            note = self.tr("from UTC, of cameras that do not say so")
        self._offset_note.setText(note)
        self.use_offset.setVisible(suggestion is not None)
        if suggestion is not None:
            self.use_offset.setText(self.tr("Use {}, which fits best").format(zones.written(suggestion)))

    @Slot(str)
    def _edited(self, _text: str) -> None:
        self._pause.start()

    @Slot()
    def _use_suggested(self) -> None:
        if self._found is not None and self._found.suggested_min is not None:
            self.offset.setText(zones.written(self._found.suggested_min))
            self._look()

    @Slot()
    def _choose(self) -> None:
        start = str(Path.home() if self._path is None else self._path.parent)
        chosen, _ = QFileDialog.getOpenFileName(
            self, self.tr("A GPX track"), start, self.tr("GPX tracks (*.gpx *.GPX)")
        )
        if chosen:
            self.set_track(Path(chosen))

    # --- what is shown

    @Slot()
    def _show(self) -> None:
        percent = self.least.value()
        self._least_words.setText(self.tr("{} % sure").format(percent))
        if self._found is None:
            self._say_chosen()
            return
        found = self._found
        self.model.show_proposals(found.proposals, percent / 100)
        shown, all_of = len(self.model.rows), len(found.proposals)
        lines = [
            self.tr("{0} without a place, {1} with a proposal").format(wording.photos(found.without_place), all_of)
        ]
        if all_of > shown:
            lines.append(self.tr("{} less sure are not shown").format(wording.count(all_of - shown)))
        if found.without_time:
            lines.append(self.tr("{} say no time of day").format(wording.count(found.without_time)))
        self._said.setText(" · ".join(lines))
        self._say_chosen()
        self._fetch_soon()

    @Slot()
    def _say_chosen(self) -> None:
        shown, chosen = len(self.model.rows), len(self.table.selectionModel().selectedRows())
        self.accept_all.setText(self.tr("Accept all {} shown").format(wording.count(shown)))
        self.accept_all.setEnabled(shown > 0)
        self.accept_some.setText(
            self.tr("Accept {} selected").format(wording.count(chosen)) if chosen else self.tr("Accept selected")
        )
        self.accept_some.setEnabled(chosen > 0)

    @Slot()
    def _fetch_soon(self) -> None:
        self._fetching.start()

    @Slot()
    def _fetch(self) -> None:
        found = self.model.proposals
        if found is None or not len(self.model.rows):
            return
        first = self.table.rowAt(0)
        last = self.table.rowAt(self.table.viewport().height() - 1)
        rows = self.model.missing(max(0, first), len(self.model.rows) - 1 if last < 0 else last)
        if rows:
            library, side_px = self._library, round(THUMBNAIL_PX * self.devicePixelRatioF())
            self._worker.run("rows", lambda: (found, shown_of(library, found, rows, side_px)))

    # --- accepting

    @Slot()
    def _accept_chosen(self) -> None:
        self._accept(self.model.chosen(self.table.selectionModel().selectedRows()))

    def _accept(self, rows: list[int]) -> None:
        if self.model.proposals is not None and rows:
            self._said.setText(self.tr("Keeping them…"))
            self.accept_all.setEnabled(False)
            self.accept_some.setEnabled(False)
            self._placing.accept(self.model.proposals, rows)


def shown_of(library: Library, found: Proposals, rows: Sequence[int], side_px: int) -> dict[int, Shown]:
    """What the table shows of some proposals, thumbnails cut to squares. Any thread. Raises EnvironmentProblem."""
    made = proposing.proposals_of(library, found, rows)
    tiles = details(library, made)
    shown: dict[int, Shown] = {}
    for row, (photo_id, proposal), place in zip(rows, made.items(), proposing.places_of(found, rows), strict=True):
        tile = tiles.get(photo_id)
        if tile is not None:
            content = None if tile.fingerprint is None else thumbnail(library, tile)
            image = None if content is None else QImage.fromData(content)
            picture = None if image is None or image.isNull() else _squared(image, side_px)
            shown[row] = Shown(tile.name, place.heading, proposal.how, proposal.source, picture)
    return shown


def _squared(image: QImage, side_px: int) -> QImage:
    filled = image.scaled(
        side_px, side_px, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    return filled.copy((filled.width() - side_px) // 2, (filled.height() - side_px) // 2, side_px, side_px)


def _table(model: ProposalModel) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName(table.tr("Proposed places"))
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setIconSize(QSize(THUMBNAIL_PX, THUMBNAIL_PX))
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(THUMBNAIL_PX + 8)
    header = table.horizontalHeader()
    now = theme.current()
    header.setStyleSheet(
        f"QHeaderView::section {{ background: {now.panel.name()}; color: {now.text_dim.name()}; padding: 5px 4px;"
        f" border: none; border-bottom: 1px solid {now.line.name()}; }}"
    )
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    for column, width_px in enumerate((220, 140, 170, 190, 90)):
        table.setColumnWidth(column, width_px)
    header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
    return table
