"""Another encoder looks at thumbnails, not at originals; the old one answers meanwhile; nothing is computed twice."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from photofinder.core.cancel import CancelToken
from photofinder.core.errors import Cancelled, EnvironmentProblem
from photofinder.encoder.sessions import ImageEncoder
from photofinder.encoder.store import bundled_dir, import_bundle
from photofinder.ingest import reembedding
from photofinder.library.doctor import diagnose
from photofinder.library.indexing import index
from photofinder.library.library import Library
from photofinder.library.search import search
from photofinder.media.safely import Decoders


@pytest.fixture
def other(tmp_path, where):
    """The bundled encoder with another resampling, installed: another embedding space."""
    folder = tmp_path / "other"
    shutil.copytree(bundled_dir() / "mini", folder)
    description = json.loads((folder / "bundle.json").read_text())
    description["name"] = "other"
    description["image"]["resample"] = "bilinear"
    (folder / "bundle.json").write_text(json.dumps(description))
    return import_bundle(folder, where.bundles)


@pytest.fixture
def embedded(monkeypatch):
    """How many photos the network has looked at, as a list with one entry for each batch."""
    batches = []
    whole = ImageEncoder.embed

    def embed(self, batch):
        batches.append(len(batch))
        return whole(self, batch)

    monkeypatch.setattr(ImageEncoder, "embed", embed)
    return batches


@pytest.fixture
def originals_closed(monkeypatch):
    """From now on no original may be decoded."""

    def refuse(self, path, *_, **__):
        raise AssertionError(f"{path} was opened")

    return lambda: monkeypatch.setattr(Decoders, "load", refuse)


def test_thumbnails_are_enough_and_switching_back_costs_nothing(indexed, other, embedded, originals_closed):
    originals_closed()
    with Library(indexed) as library:
        first = [hit.photo.path for hit in search(library, "a cat", 6).hits]
        library.use_bundle("other")
        report = index(library, [])
        assert (report.embedded, sum(embedded), report.unchanged) == (6, 6, 6)
        found = search(library, "a cat", 6)
        assert found.bundle == "other"
        assert Path(found.hits[0].photo.path).name == "chelsea.png"
        library.use_bundle("mini")
        assert index(library, []).embedded == 0
        assert [hit.photo.path for hit in search(library, "a cat", 6).hits] == first
        assert sum(embedded) == 6
    assert diagnose(indexed) == []


def test_the_old_space_answers_while_the_new_one_grows(indexed, other, monkeypatch):
    answered = []
    with Library(indexed) as library:
        library.use_bundle("other")
        whole = library.apply

        def apply(written, space):
            whole(written, space)
            answered.append((library.reader.embedding_count(space.id), search(library, "a cat", 1).bundle))

        monkeypatch.setattr(library, "apply", apply)
        monkeypatch.setattr(reembedding, "BATCH_PHOTOS", 2)
        index(library, [])
        assert answered == [(2, "mini"), (4, "mini"), (6, "other")]


def test_what_breaks_off_in_between_goes_on_from_there(indexed, other, embedded, monkeypatch):
    monkeypatch.setattr(reembedding, "BATCH_PHOTOS", 1)
    cancel = CancelToken()
    with Library(indexed) as library:
        library.use_bundle("other")
        whole = library.writer().embed

        def embed(found, space_id):
            written = whole(found, space_id)
            cancel.cancel()
            return written

        monkeypatch.setattr(library.writer(), "embed", embed)
        with pytest.raises(Cancelled):
            index(library, [], cancel=cancel)
    with Library(indexed) as library:
        space = library.reader.space(other.space)
        done = library.reader.embedding_count(space.id)
        assert done > 0
        embedded.clear()
        assert index(library, []).embedded == 6 - done == sum(embedded)
        assert np.array_equal(library.vectors(space).ids(), library.reader.embedding_ids(space.id))


def test_photos_whose_drive_is_away_are_embedded_too(indexed, other, monkeypatch, originals_closed):
    originals_closed()
    monkeypatch.setattr("photofinder.ingest.volumes.is_present", lambda root: False)
    monkeypatch.setattr(reembedding, "ENOUGH", 100.0)  # however small the thumbnail is: there is nothing better
    with Library(indexed) as library:
        library.use_bundle("other")
        assert index(library, []).embedded == 6
        assert search(library, "a cat", 6).bundle == "other"


def test_a_thumbnail_that_is_too_small_damaged_or_gone_leaves_its_photo_to_the_original(
    indexed, other, monkeypatch, embedded
):
    with Library(indexed) as library:
        paths = [library.thumbnails.path(fingerprint) for _, fingerprint in library.reader.fingerprints()]
        paths[0].unlink()
        paths[1].write_bytes(b"\xff\xd8 not a picture \xff\xd9")
        library.use_bundle("other")
        seen = []
        whole = Decoders.load
        monkeypatch.setattr(
            Decoders, "load", lambda self, path, *rest, **more: seen.append(path) or whole(self, path, *rest, **more)
        )
        assert index(library, []).embedded == 6
        assert len(seen) == 2
        assert sum(embedded) == 6
        monkeypatch.setattr(reembedding, "ENOUGH", 100.0)
        library.use_bundle("mini")
        assert index(library, []).embedded == 0


def test_a_photo_that_changed_meanwhile_is_embedded_from_what_it_is_now(indexed, other, photos, originals):
    changed = photos / "one" / "chelsea.png"
    originals.add(changed)
    shutil.copyfile(photos / "two" / "coffee.png", changed)
    with Library(indexed) as library:
        library.use_bundle("other")
        assert index(library, []).changed == 1
        (same, also) = (library.locate(changed), library.locate(photos / "two" / "coffee.png"))
        space = library.reader.space(other.space)
        assert np.array_equal(*(library.reader.embedding(photo.id, space.id)[1] for photo in (same, also)))


def test_an_embedding_of_other_content_is_not_taken(indexed):
    with Library(indexed) as library:
        writer = library.writer()
        space_id = writer.space("digest", "tiny", 2)
        vector = np.array([1, 0], np.float32)
        fingerprint = library.reader.fingerprint(1)
        assert writer.embed([(1, b"another", vector)], space_id).ids == []
        assert len(writer.embed([(1, fingerprint, vector)], space_id).ids) == 1
        assert writer.embed([(1, fingerprint, vector)], space_id).ids == [], "ids never change their vector"


def test_a_damaged_embedding_is_not_searched_and_doctor_drops_it(indexed):
    with Library(indexed) as library:
        connection = library.writer()._connection
        connection.execute("UPDATE embeddings SET vector = zeroblob(length(vector)) WHERE photo_id = 1")
        connection.execute("UPDATE spaces SET generation = generation + 1, indexed_generation = 0")
    with Library(indexed) as library:
        assert len(search(library, "a cat", 6).hits) == 5
    assert any("damaged" in finding.what for finding in diagnose(indexed, repair=True))
    with Library(indexed) as library:
        assert index(library, []).embedded == 1
    assert diagnose(indexed) == []


def test_a_bundle_that_is_gone_is_said_with_a_remedy(indexed, other):
    with Library(indexed) as library:
        library.use_bundle("other")
    shutil.rmtree(other.folder)
    with Library(indexed) as library, pytest.raises(EnvironmentProblem) as problem:
        index(library, [])
    assert problem.value.remedy
