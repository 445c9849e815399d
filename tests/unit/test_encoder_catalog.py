import hashlib
import json
import re
import shutil
import zipfile

import pytest
from filelock import FileLock

from photofinder.core.errors import BundleProblem, EnvironmentProblem
from photofinder.core.resources import resources_dir
from photofinder.encoder import catalog, store
from photofinder.encoder.bundle import load_bundle

MINI = resources_dir() / "bundles" / "mini"


def write_bundle(folder, name="own", data=b"a tower"):
    """A bundle as far as anything but an encoder can tell."""
    files = {"image.onnx": data, "text.onnx": b"words", "tokenizer.json": b"{}"}
    document = json.loads((MINI / "bundle.json").read_text(encoding="utf-8"))
    document |= {
        "name": name,
        "files": {
            file: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
            for file, content in files.items()
        },
    }
    folder.mkdir(parents=True)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    (folder / "bundle.json").write_text(json.dumps(document), encoding="utf-8")
    return folder


def zipped(folder, path, inside="", extra=()):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.iterdir():
            archive.write(file, inside + file.name)
        for name, content in extra:
            archive.writestr(name, content)
    return path


def names(bundles):
    return [bundle.name for bundle in bundles]


def visible(folder):
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def left_over(folder):
    return [path.name for path in folder.iterdir() if path.name.startswith(".") and path.is_dir()]


# What is known


def test_every_known_bundle_is_pinned_complete_and_free_to_use_in_a_product():
    entries = catalog.known()
    assert [entry.name for entry in entries] == ["siglip2-base-224", "clip-vit-b32", "tinyclip-vit-8m16"]
    assert [entry.recommended for entry in entries] == [True, False, False]
    for entry in entries:
        assert re.fullmatch("[0-9a-f]{40}", entry.revision)
        assert entry.revision == entry.bundle.revision
        assert entry.repo in entry.bundle.source
        assert entry.licence.startswith(("MIT", "Apache-2.0"))
        assert entry.quality
        assert entry.cautions
        assert json.loads(entry.description)["name"] == entry.name
        assert entry.download_bytes > 50_000_000


def test_siglip_is_prepared_as_its_pinned_preprocessor_config_says():
    # The sha256 of the pinned file is public; this text has it, so it is the file: 2 is Pillow's bilinear.
    config = {
        "do_convert_rgb": None,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_processor_type": "SiglipImageProcessor",
        "image_std": [0.5, 0.5, 0.5],
        "processor_class": "SiglipProcessor",
        "resample": 2,
        "rescale_factor": 0.00392156862745098,
        "size": {"height": 224, "width": 224},
    }
    digest = hashlib.sha256((json.dumps(config, indent=2) + "\n").encode()).hexdigest()
    assert digest == "9b36b57ebaf20f09bf4c22100ccc21877ea6bfe5aead0c00c59f8af8ccefacfc"
    image = catalog.find_known("siglip2-base-224").bundle.image
    assert (image.size_px, image.resize, image.resample) == (224, "squash", "bilinear")
    assert image.mean == image.std == (0.5, 0.5, 0.5)


def test_tinyclip_is_prepared_as_its_pinned_preprocessor_config_says():
    config = {
        "crop_size": {"height": 224, "width": 224},
        "do_center_crop": True,
        "do_convert_rgb": True,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": [0.48145466, 0.4578275, 0.40821073],
        "image_processor_type": "CLIPFeatureExtractor",
        "image_std": [0.26862954, 0.26130258, 0.27577711],
        "resample": 3,
        "rescale_factor": 0.00392156862745098,
        "size": {"shortest_edge": 224},
    }
    digest = hashlib.sha256((json.dumps(config, indent=2) + "\n").encode()).hexdigest()
    assert digest == "5df7e578c37e907a431daf47fd592fc49fa50d23ed4c41285a0a34a58a9d2e06"
    image = catalog.find_known("tinyclip-vit-8m16").bundle.image
    assert (image.size_px, image.resize, image.resample) == (224, "crop", "bicubic")
    assert list(image.mean) == config["image_mean"]
    assert list(image.std) == config["image_std"]


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(BundleProblem, match=r"'clip'.*siglip2-base-224, clip-vit-b32"):
        catalog.find_known("clip")


# What is installed


def test_without_a_folder_of_their_own_users_have_the_bundled_encoder(tmp_path):
    assert names(catalog.installed(tmp_path / "none")) == ["mini"]
    assert catalog.default(tmp_path / "none").name == "mini"
    assert catalog.find("mini", tmp_path / "none").folder == MINI
    assert catalog.broken(tmp_path / "none") == []


def test_the_best_known_bundle_is_the_default_and_an_unknown_one_never_is(tmp_path):
    write_bundle(tmp_path / "own")
    assert catalog.default(tmp_path).name == "mini"
    write_bundle(tmp_path / "clip-vit-b32", "clip-vit-b32")
    write_bundle(tmp_path / "siglip2-base-224", "siglip2-base-224")
    assert names(catalog.installed(tmp_path)) == ["siglip2-base-224", "clip-vit-b32", "mini", "own"]
    assert catalog.default(tmp_path).name == "siglip2-base-224"


def test_work_in_progress_and_stray_files_are_not_bundles(tmp_path):
    write_bundle(tmp_path / ".partial-own")
    (tmp_path / "notes.txt").write_text("x")
    assert names(catalog.installed(tmp_path)) == ["mini"]
    assert catalog.broken(tmp_path) == []


def test_a_broken_bundle_is_told_of_and_hides_no_other(tmp_path):
    (write_bundle(tmp_path / "own") / "text.onnx").unlink()
    write_bundle(tmp_path / "misnamed", "other")
    (tmp_path / "empty").mkdir()
    assert names(catalog.installed(tmp_path)) == ["mini"]
    told = " ".join(str(problem) for problem in catalog.broken(tmp_path))
    assert "text.onnx is missing" in told
    assert "Rename the folder to other" in told
    assert "it has no bundle.json" in told
    with pytest.raises(BundleProblem, match=r"text\.onnx"):
        catalog.find("own", tmp_path)


def test_what_is_not_installed_comes_with_the_way_to_get_it(tmp_path):
    with pytest.raises(BundleProblem, match="photofinder bundles install clip-vit-b32"):
        catalog.find("clip-vit-b32", tmp_path)
    for name in ("nothing", "..", "", "a/b"):
        with pytest.raises(BundleProblem, match="Installed are: mini"):
            catalog.find(name, tmp_path)


def test_removing(tmp_path):
    write_bundle(tmp_path / "own")
    catalog.remove("own", tmp_path)
    assert names(catalog.installed(tmp_path)) == ["mini"]
    assert visible(tmp_path) == left_over(tmp_path) == []
    (tmp_path / "broken").mkdir()
    catalog.remove("broken", tmp_path)
    assert visible(tmp_path) == []


@pytest.mark.parametrize("name", ["mini", "nothing", "..", ".", "", "../bundles", "/"])
def test_what_came_with_the_program_and_what_is_not_there_cannot_be_removed(tmp_path, name):
    (tmp_path / "keep.txt").write_text("x")
    with pytest.raises(BundleProblem):
        catalog.remove(name, tmp_path)
    assert (tmp_path / "keep.txt").is_file()
    assert (MINI / "image.onnx").is_file()


# Importing


@pytest.mark.parametrize("form", ["folder", "zip", "zip with a folder inside"])
def test_a_bundle_is_imported_from(tmp_path, form):
    source = write_bundle(tmp_path / "anything")
    if form != "folder":
        source = zipped(source, tmp_path / "own.zip", "own-1.0/" if "inside" in form else "")
    home = tmp_path / "bundles"
    bundle = catalog.import_bundle(source, home)
    assert bundle.folder == home / "own"
    assert names(catalog.installed(home)) == ["mini", "own"]
    assert visible(home / "own") == ["bundle.json", "image.onnx", "text.onnx", "tokenizer.json"]
    assert left_over(home) == []
    assert catalog.import_bundle(source, home) == bundle


def test_only_what_the_description_lists_leaves_an_archive(tmp_path):
    evil = [("../evil.txt", "x"), ("/tmp/evil.txt", "x"), ("own/../../evil.txt", "x"), ("extra.txt", "x")]
    path = zipped(write_bundle(tmp_path / "source"), tmp_path / "own.zip", extra=evil)
    home = tmp_path / "deep" / "bundles"
    catalog.import_bundle(path, home)
    assert visible(home / "own") == ["bundle.json", "image.onnx", "text.onnx", "tokenizer.json"]
    assert not list(tmp_path.rglob("evil.txt"))
    assert not list(tmp_path.rglob("extra.txt"))


@pytest.mark.parametrize("name", ["../evil.onnx", "/evil.onnx", "sub/evil.onnx", "..\\evil.onnx", "C:evil.onnx"])
def test_a_description_that_lists_a_path_is_refused_before_anything_is_written(tmp_path, name):
    source = write_bundle(tmp_path / "source")
    document = json.loads((source / "bundle.json").read_text())
    document["files"][name] = {"sha256": hashlib.sha256(b"x").hexdigest(), "bytes": 1}
    (source / "bundle.json").write_text(json.dumps(document))
    path = zipped(source, tmp_path / "own.zip", extra=[(name, "x")])
    with pytest.raises(BundleProblem, match="plain file name"):
        catalog.import_bundle(path, tmp_path / "bundles")
    assert not (tmp_path / "bundles").exists()
    assert not list(tmp_path.rglob("evil*"))


@pytest.mark.parametrize("change", ["altered", "cut", "longer", "missing"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_bundle_that_is_not_what_it_says_is_not_installed(tmp_path, change, packed):
    source = write_bundle(tmp_path / "source", data=b"0123456789" * 500_000)
    file = source / "image.onnx"
    content = file.read_bytes()
    if change == "missing":
        file.unlink()
    else:
        file.write_bytes({"altered": b"X" + content[1:], "cut": content[:-1], "longer": content * 3}[change])
    source = zipped(source, tmp_path / "own.zip") if packed else source
    home = tmp_path / "bundles"
    with pytest.raises(BundleProblem, match=r"image\.onnx"):
        catalog.import_bundle(source, home)
    assert names(catalog.installed(home)) == ["mini"]
    assert visible(home) == left_over(home) == []


def test_what_is_no_bundle_is_refused_in_words(tmp_path):
    home = tmp_path / "bundles"
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.zip").write_text("not a zip")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("photo.jpg", b"x")
    two = zipped(write_bundle(tmp_path / "a"), tmp_path / "two.zip", "a/", [("b/bundle.json", "{}")])
    for path, words in [
        (tmp_path / "empty", "no bundle.json"),
        (tmp_path / "text.zip", "neither a folder nor an undamaged zip"),
        (tmp_path / "photos.zip", "holds no bundle.json"),
        (two, "holds 2 bundle.json"),
        (tmp_path / "nowhere.zip", "is not there"),
    ]:
        with pytest.raises(BundleProblem, match=words):
            catalog.import_bundle(path, home)
    assert names(catalog.installed(home)) == ["mini"]


def test_a_damaged_archive_is_refused_wherever_the_damage_is(tmp_path):
    path = zipped(write_bundle(tmp_path / "source", data=bytes(range(256)) * 40), tmp_path / "own.zip")
    whole = path.read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 150)):
        home = tmp_path / f"bundles-{at}"
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            bundle = catalog.import_bundle(path, home)
        except (BundleProblem, EnvironmentProblem):
            assert names(catalog.installed(home)) == ["mini"]
        else:  # the damage hit a date or an attribute: what was installed is still verified
            assert bundle == load_bundle(tmp_path / "source")


def test_an_encrypted_archive_is_refused(tmp_path):
    path = zipped(write_bundle(tmp_path / "source"), tmp_path / "own.zip")
    data = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + flags] |= 1
            at = data.find(signature, at + 4)
    path.write_bytes(data)
    with pytest.raises(BundleProblem, match="cannot be unpacked"):
        catalog.import_bundle(path, tmp_path / "bundles")


def test_a_name_that_is_taken_is_kept_for_who_has_it(tmp_path):
    home = tmp_path / "bundles"
    first = catalog.import_bundle(write_bundle(tmp_path / "first"), home)
    with pytest.raises(BundleProblem, match="photofinder bundles remove own"):
        catalog.import_bundle(write_bundle(tmp_path / "second", data=b"another"), home)
    assert catalog.find("own", home) == first
    with pytest.raises(BundleProblem, match="came with PhotoFinder"):
        catalog.import_bundle(write_bundle(tmp_path / "third", "mini"), home)


def test_two_programs_do_not_write_one_bundle_at_once(tmp_path):
    source, home = write_bundle(tmp_path / "source"), tmp_path / "bundles"
    home.mkdir()
    with FileLock(home / ".own.lock"), pytest.raises(BundleProblem, match="busy"):
        catalog.import_bundle(source, home)
    assert catalog.import_bundle(source, home).name == "own"


def test_what_an_import_that_was_killed_left_is_cleared_away(tmp_path):
    home = tmp_path / "bundles"
    write_bundle(home / ".importing-own", data=b"half")
    catalog.import_bundle(write_bundle(tmp_path / "source"), home)
    assert visible(home) == ["own"]
    assert left_over(home) == []


def test_a_disk_without_room_is_told_before_anything_is_copied(tmp_path, monkeypatch):
    monkeypatch.setattr(store.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 99, 1_000_000))
    with pytest.raises(EnvironmentProblem, match="1 MB are free"):
        catalog.import_bundle(write_bundle(tmp_path / "source"), tmp_path / "bundles")
    assert visible(tmp_path / "bundles") == left_over(tmp_path / "bundles") == []
