"""What README, guide and the other papers promise: links lead somewhere, commands run as they stand there."""

import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest

from photofinder.cli.main import parser, run

REPOSITORY = Path(__file__).resolve().parents[2]
PAPERS = sorted(
    path
    for path in (*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("packaging/**/*.md"))
    if not any(part.startswith(".") for part in path.relative_to(REPOSITORY).parts)
)


def paper(name):
    return (REPOSITORY / name).read_text(encoding="utf-8")


def anchors(text):
    """The anchors that a page's headings make, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.casefold()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAPERS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_links_lead_somewhere(page):
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)):
        if ":" in target:
            assert target.startswith("https://"), target
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), target
        assert there.is_relative_to(REPOSITORY), target
        if anchor:
            assert anchor in anchors(there.read_text(encoding="utf-8")), target


def told_commands(*names):
    """Every `photofinder …` in these papers: in code blocks a line, elsewhere between backquotes."""
    found = []
    for name in names:
        text = paper(name)
        blocks = re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL)
        rest = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        lines = [line for block in blocks for line in block.splitlines() if line.startswith("photofinder ")]
        lines += [line.replace("\n", " ") for line in re.findall(r"`(photofinder [^`]*)`", rest)]
        found += [(name, shlex.split(line, comments=True)[1:]) for line in lines]
    return found


def told_in_papers():
    names = (
        "README.md",
        *(path.relative_to(REPOSITORY).as_posix() for path in sorted((REPOSITORY / "docs").glob("*.md"))),
    )
    return told_commands(*names)


def test_there_are_commands():
    names = {name for name, _ in told_in_papers()}
    assert {"README.md", "docs/user-guide.md", "docs/troubleshooting.md"} <= names


@pytest.mark.parametrize(
    ("page", "words"), told_in_papers(), ids=lambda each: each if isinstance(each, str) else " ".join(each)
)
def test_commands_are_understood(page, words, capsys):
    if "--help" in words or "--version" in words:
        with pytest.raises(SystemExit) as ended:
            parser().parse_args(words)
        assert ended.value.code == 0
    elif words in (["bundles"], ["bundles", "install"], ["search"], ["similar"]):  # named, not used
        with pytest.raises(SystemExit) as ended:
            parser().parse_args([*words, "--help"])
        assert ended.value.code == 0
    else:
        parser().parse_args(words)


def test_the_commands_of_readme_run(samples, tmp_path, capsys):
    """In their order, as they stand there; only the home folder is another."""
    year = tmp_path / "Pictures" / "2019"
    year.mkdir(parents=True)
    from PIL import Image

    with Image.open(samples / "chelsea.png") as cat:
        cat.save(year / "IMG_1234.jpg")
    shutil.copy2(samples / "coffee.png", year)
    block = next(part for part in re.findall(r"```\n(.*?)```", paper("README.md"), re.DOTALL) if "index" in part)
    lines = [shlex.split(line, comments=True) for line in block.splitlines()]
    assert len(lines) > 4
    for name, *words in lines:
        assert name == "photofinder"
        code = run([word.replace("~", str(tmp_path), 1) if word.startswith("~") else word for word in words])
        assert code == 0, (words, capsys.readouterr().err)


def test_the_commands_of_the_guide_run(samples, tmp_path, capsys):
    """All that guide, installing and troubleshooting name, but those that fetch or import an encoder."""
    (tmp_path / "Pictures").mkdir()
    shutil.copy2(samples / "coffee.png", tmp_path / "Pictures")
    assert run(["index", str(tmp_path / "Pictures")]) == 0
    told = told_commands("docs/user-guide.md", "docs/install.md", "docs/troubleshooting.md")
    commands = {tuple(words) for _, words in told if words and words[0] != "bundles" and "--help" not in words}
    assert {("doctor",), ("doctor", "--repair"), ("restore",), ("status",)} <= commands
    capsys.readouterr()
    for words in sorted(commands):
        assert run(list(words)) == 0, (words, capsys.readouterr().err)


def test_make_targets_and_extras_exist():
    targets = set(re.findall(r"^([a-z-]+):", paper("Makefile"), re.MULTILINE))
    extras = tomllib.loads(paper("pyproject.toml"))["project"]["optional-dependencies"]
    for page in PAPERS:
        text = page.read_text(encoding="utf-8")
        blocks = "\n".join(re.findall(r"```\w*\n(.*?)```", text, flags=re.DOTALL))
        named = re.findall(r"(?:`|sudo )make ([a-z-]+)", text) + re.findall(r"^make ([a-z-]+)", blocks, re.MULTILINE)
        for target in named:
            assert target in targets, (page.name, target)
        for extra in re.findall(r"photofinder\[(\w+)\]", text):
            assert extra in extras, (page.name, extra)


def test_every_faster_onnxruntime_is_told_of():
    """Each extra with its command, and with the name of the build for the step that pip cannot do."""
    extras = tomllib.loads(paper("pyproject.toml"))["project"]["optional-dependencies"]
    told = paper("docs/install.md")
    faster = {name: lines for name, lines in extras.items() if any("onnxruntime-" in line for line in lines)}
    assert faster
    for name, lines in faster.items():
        assert f'`pip install "photofinder[{name}]"`' in told
        for line in lines:
            assert f"`{re.match(r'[a-z-]+', line)[0]}`" in told, line
    assert set(re.findall(r"`(onnxruntime-\w+)`", told)) == {
        re.match(r"[a-z-]+", line)[0] for lines in faster.values() for line in lines
    }


def test_papers_named_in_source_are_there():
    missing = set()
    sources = (path for suffix in ("py", "toml", "yml", "yaml", "spec", "mjs", "sh", "nsi") for path in tracked(suffix))
    for path in (*sources, REPOSITORY / "Makefile"):
        for name in re.findall(r"\bdocs/[\w/.-]+\.md", path.read_text(encoding="utf-8")):
            if not (REPOSITORY / name).is_file():
                missing.add((path.relative_to(REPOSITORY).as_posix(), name))
    assert not missing


def test_placeholders_are_decisions_of_the_release_checklist():
    checklist = paper("docs/release-checklist.md")
    found = set()
    for path in (REPOSITORY / "packaging").rglob("*"):
        if path.suffix == ".pyc" or not path.is_file():
            continue
        placeholders = set(
            re.findall(r"org\.photofinder\.PhotoFinder|\S+@\S+\.invalid", path.read_text(errors="replace"))
        )
        for placeholder in placeholders:
            found.add(placeholder.strip("<>"))
            rows = [line for line in checklist.splitlines() if line.startswith(f"| `{placeholder.strip('<>')}`")]
            named = path.relative_to(REPOSITORY).as_posix()
            own = named.startswith("packaging/linux/org.") or named == "packaging/README.md"  # named by the placeholder
            assert own or any(f"`{named}`" in row for row in rows), (placeholder, named)
    assert len(found) == 2


def tracked(suffix):
    """Files of ours: not those that were built or installed here."""
    tops = ("photofinder", "packaging", "resources", "models", "bench", "docs", ".github")
    yield from (path for top in tops for path in (REPOSITORY / top).rglob(f"*.{suffix}"))
    yield from REPOSITORY.glob(f"*.{suffix}")
