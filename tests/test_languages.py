"""Languages on the command line: who reads it changes what is told, and never the record."""

from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

_ROOT = Path(__file__).resolve().parent.parent
_SAMPLE = _ROOT / "tests" / "corpus" / "sample" / "layers.py"
_BACKPROP = str(_ROOT / "assignments" / "backprop")
_SPANISH, _ENGLISH = "falta un eje", "The right numbers"

Run = Callable[..., CompletedProcess[str]]


@pytest.mark.parametrize(
    ("options", "environ", "told"),
    [
        ([], {}, _ENGLISH),
        (["--lang", "es"], {}, _SPANISH),
        ([], {"LC_ALL": "es_ES.UTF-8"}, _SPANISH),
        (["--lang", "en"], {"LC_ALL": "es_ES.UTF-8"}, _ENGLISH),
        ([], {"LC_ALL": "de_DE.UTF-8"}, _ENGLISH),
    ],
)
def test_a_student_reads_it_in_their_own_language(
    run_cli: Run, options: list[str], environ: dict[str, str], told: str
) -> None:
    done = run_cli("check", _SAMPLE, "-a", _BACKPROP, *options, env=environ)

    assert done.returncode == 1
    assert told in done.stdout
    assert len({_SPANISH in done.stdout, _ENGLISH in done.stdout}) == 2  # one of them


def test_the_record_is_in_the_assignments_language(run_cli: Run, tmp_path: Path) -> None:
    for code in ("en", "es"):
        card, page = tmp_path / f"{code}.json", tmp_path / f"{code}.html"
        run_cli("grade", _SAMPLE, "-a", _BACKPROP, "--lang", code, "--json", card, "--report", page)

    assert (tmp_path / "es.json").read_bytes() == (tmp_path / "en.json").read_bytes()
    english, spanish = (_page(tmp_path / f"{code}.html") for code in ("en", "es"))
    assert '<html lang="en">' in english
    assert '<html lang="es">' in spanish
    assert _SPANISH in spanish
    assert _ENGLISH not in spanish


def test_an_unknown_language_is_refused_with_those_that_there_are(run_cli: Run) -> None:
    done = run_cli("check", _SAMPLE, "-a", _BACKPROP, "--lang", "tlh")

    assert done.returncode == 2
    assert "name one of en, es" in done.stderr


def test_a_class_is_told_in_a_language_until_another_is_asked_for(
    run_cli: Run, tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    (folder / "ada.py").write_bytes(_SAMPLE.read_bytes())
    batch = ("batch", folder, "-o", out, "-a", _BACKPROP)

    run_cli(*batch, env={"LC_ALL": "es_ES.UTF-8"})  # whose laptop it is makes no difference
    assert _ENGLISH in _report(out)
    run_cli(*batch, "--lang", "es")
    assert _SPANISH in _report(out)
    done = run_cli("regrade", out, "--publish")

    assert done.returncode == 0, done.stderr
    assert _SPANISH in _report(out)


def _report(out: Path) -> str:
    (page,) = (out / "reports").iterdir()
    return _page(page)


def _page(path: Path) -> str:
    return path.read_text(encoding="utf-8")
