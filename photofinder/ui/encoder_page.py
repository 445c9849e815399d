"""Which encoder looks at the photos, and what it runs on."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from photofinder.library import bundles
from photofinder.library.bundles import Listed
from photofinder.library.library import Library
from photofinder.ui import wording
from photofinder.ui.bridge import Bridge
from photofinder.ui.installing import Installing, Step
from photofinder.ui.pages import clear, dim, page_layout
from photofinder.ui.upkeep import Upkeep


class EncoderPage(QWidget):
    """Installed encoders, those that can be had, and the verdict on the provider. Window's thread."""

    def __init__(self, bridge: Bridge, upkeep: Upkeep, installing: Installing) -> None:
        super().__init__()
        self._bridge = bridge
        self._upkeep = upkeep
        self._installing = installing
        self._rows = QVBoxLayout()
        self._rows.setSpacing(10)
        self._verdict = dim(self.tr("Asking the encoder…"))
        layout = page_layout(
            self,
            self.tr("Encoder"),
            self.tr(
                "The encoder is what looks at photos and understands words. After a change all photos are looked at "
                "again; until that is done, searches use the one before."
            ),
        )
        layout.addLayout(self._rows)
        layout.addWidget(self._verdict)
        layout.addStretch()
        installing.step_changed.connect(self.refresh)
        upkeep.state_changed.connect(self.refresh)
        self.refresh()
        library = bridge.library
        bridge.errand(lambda: _provider(library), self._show_verdict, owner=self)

    @Slot()
    def refresh(self) -> None:
        """Ask what there is."""
        library = self._bridge.library
        self._bridge.errand(
            lambda: (bundles.listed(library.where), library.bundle.name),
            lambda found: self._show(*found),
            owner=self,
        )

    def _show(self, listed: Sequence[Listed], used: str) -> None:
        clear(self._rows)
        for bundle in listed:
            row = BundleRow(bundle, in_use=bundle.name == used, installing=self._installing)
            row.use_requested.connect(self._upkeep.use_bundle)
            row.install_requested.connect(self._installing.start)
            self._rows.addWidget(row)

    def _show_verdict(self, found: tuple[str, str]) -> None:
        provider, note = found
        self._verdict.setText(self.tr("It runs on {0}. {1}").format(provider, note).strip())


class BundleRow(QFrame):
    """One encoder with what can be done about it. Window's thread."""

    use_requested = Signal(str)
    install_requested = Signal(str)

    def __init__(self, bundle: Listed, *, in_use: bool, installing: Installing) -> None:
        super().__init__()
        self.setObjectName("framed")
        self._name = bundle.name
        title = QLabel(f"<b>{bundle.title}</b>")
        facts = [wording.size(bundle.size_bytes), bundle.licence]
        if bundle.recommended:
            facts.insert(0, self.tr("recommended"))
        top = QHBoxLayout()
        top.addWidget(title)
        top.addWidget(dim(" · ".join(facts)), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 10, 10, 10)
        layout.setSpacing(5)
        layout.addLayout(top)
        if bundle.quality:
            layout.addWidget(dim(bundle.quality))
        if bundle.cautions:
            self._add_cautions(layout, bundle.cautions)
        if installing.name == bundle.name and installing.step is not Step.NONE:
            layout.addLayout(self._progress(installing))
        elif bundle.fetched_bytes and not bundle.installed:
            layout.addLayout(self._interrupted(bundle, installing))
        elif in_use:
            state = QLabel(self.tr("in use"))
            state.setProperty("accent", True)
            top.addWidget(state)
        elif bundle.installed:
            use = QPushButton(self.tr("Use"))
            use.clicked.connect(lambda: self.use_requested.emit(self._name))
            top.addWidget(use)
        else:
            install = QPushButton(self.tr("Install"))
            install.setEnabled(installing.step is not Step.RUNNING)
            install.clicked.connect(lambda: self.install_requested.emit(self._name))
            top.addWidget(install)

    def _add_cautions(self, layout: QVBoxLayout, cautions: Sequence[str]) -> None:
        more = QPushButton(self.tr("What to know of it"))
        more.setProperty("link", True)
        more.setCheckable(True)
        text = dim("\n".join(f"\N{BULLET} {each}" for each in cautions))
        text.hide()
        more.toggled.connect(text.setVisible)
        layout.addWidget(more, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(text)

    def _progress(self, installing: Installing) -> QHBoxLayout:
        bar = QProgressBar()
        bar.setTextVisible(False)
        text = QLabel()
        text.setProperty("dim", True)

        def show() -> None:
            done, total = installing.amount
            bar.setRange(0, max(total, 1))
            bar.setValue(done)
            text.setText(self.tr("{0} of {1}").format(wording.size(done * 1_000_000), wording.size(total * 1_000_000)))

        self._show_progress = show
        show()
        installing.progressed.connect(self._progressed)
        row = QHBoxLayout()
        running = installing.step is Step.RUNNING
        if installing.step is Step.FAILED and installing.problem is not None:
            text.setText(str(installing.problem))
            text.setWordWrap(True)
            text.setProperty("warning", True)
        else:
            row.addWidget(bar, 1)
        row.addWidget(text, 0 if running or installing.step is Step.PAUSED else 1)
        button = QPushButton(self.tr("Pause") if running else self.tr("Go on"))
        button.clicked.connect(installing.pause if running else installing.resume)
        row.addWidget(button)
        row.addWidget(self._cancel_button(installing.give_up))
        return row

    def _interrupted(self, bundle: Listed, installing: Installing) -> QHBoxLayout:
        """What an earlier start of the program has fetched."""
        there, whole = wording.size(bundle.fetched_bytes), wording.size(bundle.size_bytes)
        go_on = QPushButton(self.tr("Go on"))
        go_on.setEnabled(installing.step is not Step.RUNNING)
        go_on.clicked.connect(lambda: self.install_requested.emit(self._name))
        cancel = self._cancel_button(lambda: installing.forget(self._name))
        cancel.setEnabled(installing.step is not Step.RUNNING)
        row = QHBoxLayout()
        row.addWidget(dim(self.tr("{0} of {1} are here from before.").format(there, whole)), 1)
        row.addWidget(go_on)
        row.addWidget(cancel)
        return row

    def _cancel_button(self, call: Callable[[], None]) -> QPushButton:
        button = QPushButton(self.tr("Cancel"))
        button.setToolTip(self.tr("Stop, and delete what was fetched"))
        button.clicked.connect(call)
        return button

    @Slot()
    def _progressed(self) -> None:
        self._show_progress()


def _provider(library: Library) -> tuple[str, str]:
    encoder = library.image_encoder(library.bundle)
    return encoder.provider, encoder.provider_note
