"""`assignment.toml`: what is read of it, and what is refused, naming what to change."""

from fractions import Fraction
from pathlib import Path

import pytest

from grader.assignment.manifest import load_assignment
from grader.errors import AssignmentError, GraderError, UsageError
from grader.model import Assignment, CasePlan, Read, Source, Visibility
from tests.builders import MANIFEST, write_assignment

_ASSIGNMENTS = Path(__file__).resolve().parent.parent / "assignments"
_FRESH = """
[[cases]]
id = "fresh-2"
exercise = "double"
title = "more numbers"
program = "double"
draw = "few"
"""
_ROW = """
[[cases]]
id = "row-1"
exercise = "double"
title = "of the notebook"
program = "double"
cell = "first"
given = { x = "x" }
expected = { "Toy.result" = "y" }
"""
_SPANISH = """
[text.es]
title = "Duplicar"
[text.es.exercises.double]
title = "El doble"
asks = "Calcula el doble."
[text.es.cases]
public-1 = "a la vista"
fresh-1 = "otros números"
"""


def load(folder: Path, manifest: str = MANIFEST) -> Assignment:
    return load_assignment(write_assignment(folder, manifest))


def changed(old: str, new: str, added: str = "") -> str:
    """Return the manifest with one change, which must be one."""
    assert old in MANIFEST
    return MANIFEST.replace(old, new, 1) + added


def refusal(folder: Path, manifest: str) -> AssignmentError:
    with pytest.raises(AssignmentError) as caught:
        load(folder, manifest)
    return caught.value


def plan(assignment: Assignment, id_: str) -> CasePlan:
    return next(one for one in assignment.plans if one.id == id_)


# --- what is read ---------------------------------------------------------------------------------


def test_a_small_manifest_is_read(tmp_path: Path) -> None:
    read = load(tmp_path)

    assert (read.slug, read.title, read.language) == ("toy", "Doubling", "en")
    assert (read.files, read.definitions) == (("toy.py",), ("Toy",))
    assert read.folder == str(tmp_path / "assignments" / "toy")
    assert read.reference == str(tmp_path / "solutions" / "toy" / "toy.py")


def test_the_shipped_assignment_is_sound(backprop: Assignment) -> None:
    assert {one.id: one.points for one in backprop.exercises} == {
        "dense": 6,
        "relu": 3,
        "together": 1,
    }
    assert {one.id: one.owned for one in backprop.exercises} == {
        "dense": (),
        "relu": ("Activation_ReLU.dinputs",),
        "together": ("Activation_ReLU.dinputs",),
    }


def test_a_case_is_of_the_source_that_its_numbers_come_from(tmp_path: Path) -> None:
    read = load(tmp_path, MANIFEST + _ROW + _FRESH)

    assert [one.source for one in read.plans] == [
        Source.PUBLIC,
        Source.FRESH,
        Source.NOTEBOOK,
        Source.FRESH,
    ]


def test_only_cases_with_their_own_numbers_are_shown(tmp_path: Path) -> None:
    read = load(tmp_path, MANIFEST + _ROW + _FRESH)

    assert [one.id for one in read.plans if one.visibility is Visibility.PUBLIC] == ["public-1"]


def test_fresh_cases_weigh_twice_as_much(tmp_path: Path) -> None:
    read = load(tmp_path)

    assert plan(read, "fresh-1").weight == 2 * plan(read, "public-1").weight


def test_points_may_be_a_fraction_in_quotes(tmp_path: Path) -> None:
    read = load(tmp_path, changed("points = 2", 'points = "1/3"'))

    assert read.exercises[0].points == Fraction(1, 3)
    assert read.exercises[0].outputs == {"Toy.result": Fraction(1, 3)}


def test_outputs_share_the_points_by_relative_size(tmp_path: Path) -> None:
    read = load(tmp_path, changed('"Toy.result" = 1', '"Toy.result" = 2, "Toy.contract" = 1'))

    assert read.exercises[0].outputs == {
        "Toy.result": Fraction(4, 3),
        "Toy.contract": Fraction(2, 3),
    }
    assert read.exercises[0].contract == "Toy.contract"


def test_a_row_of_the_notebook_keeps_what_it_shows(backprop: Assignment) -> None:
    steps = plan(backprop, "row-6").program.steps

    assert [step.output for step in steps if isinstance(step, Read)] == [
        "Layer_Dense.output",
        "Layer_Dense.dweights",
        "Layer_Dense.weights",
        "Layer_Dense.biases",
    ]


def test_a_derived_output_keeps_its_operands(backprop: Assignment) -> None:
    reads = {s.output for s in plan(backprop, "row-3").program.steps if isinstance(s, Read)}

    assert {"Layer_Dense.weights", "Layer_Dense.dweights"} <= reads
    assert "Layer_Dense.dinputs" not in reads


def test_solutions_may_be_elsewhere(tmp_path: Path) -> None:
    read = load(tmp_path, 'solutions = "../private"\n' + MANIFEST)

    assert read.reference == str(tmp_path / "assignments" / "private" / "toy.py")


def test_mistakes_are_read_from_the_solutions(tmp_path: Path) -> None:
    folder = write_assignment(tmp_path)
    texts = '[mean.text.en]\ntitle = "Divided"\nhints = ["Sum."]\n'
    (tmp_path / "solutions/toy/mistakes.toml").write_text(texts, encoding="utf-8")

    assert load_assignment(folder).mistakes["mean"].told("en").title == "Divided"


# --- its digest -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("assignments/toy/assignment.toml", "repeats = true\n"),
        ("assignments/toy/cases.py", "\n"),
        ("assignments/toy/notebook.ipynb", "\n"),
        ("solutions/toy/toy.py", "\n"),
        ("solutions/toy/mistakes.toml", "\n"),
    ],
)
def test_the_digest_covers_all_that_cases_are_made_of(tmp_path: Path, name: str, more: str) -> None:
    folder = write_assignment(tmp_path)
    before = load_assignment(folder).digest
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write(more)

    assert load_assignment(folder).digest != before


@pytest.mark.parametrize("more", ["[policy]\ncounts = 'best'\n", "# new\n", _SPANISH])
def test_the_digest_covers_nothing_that_no_result_follows_from(tmp_path: Path, more: str) -> None:
    plain = load(tmp_path / "a")

    assert load(tmp_path / "b", f"{MANIFEST}\n{more}").digest == plain.digest


def test_the_digest_depends_on_nothing_else(tmp_path: Path) -> None:
    here, there = write_assignment(tmp_path / "a"), write_assignment(tmp_path / "b")
    (there / "notes.txt").write_text("x", encoding="utf-8")

    assert load_assignment(here).digest == load_assignment(there).digest


# --- other languages ------------------------------------------------------------------------------


def test_an_assignment_is_told_in_another_language(tmp_path: Path) -> None:
    read = load(tmp_path, MANIFEST + _SPANISH)

    told = read.told("es")

    assert (told.language, told.title) == ("es", "Duplicar")
    assert [(one.title, one.asks) for one in told.exercises] == [("El doble", "Calcula el doble.")]
    assert [one.title for one in told.plans] == ["a la vista", "otros números"]
    assert [one.points for one in told.exercises] == [one.points for one in read.exercises]
    assert (read.language, read.title) == ("en", "Doubling")


def test_what_its_author_did_not_write_is_told_in_its_own_language(tmp_path: Path) -> None:
    plain = load(tmp_path / "a").told("es")
    partly = load(tmp_path / "b", MANIFEST + '[text.es]\ntitle = "Duplicar"').told("es")

    assert (plain.language, plain.title) == ("es", "Doubling")
    assert (partly.title, partly.exercises[0].title) == ("Duplicar", "Twice as much")
    assert partly.plans[0].title == "two numbers"


@pytest.mark.parametrize("name", ["backprop", "mse"])
def test_the_shipped_assignments_are_told_in_spanish(name: str) -> None:
    read = load_assignment(_ASSIGNMENTS / name)

    told = read.text["es"]
    assert told.exercises.keys() == {one.id for one in read.exercises}
    assert told.cases.keys() == {plan.id for plan in read.plans}
    assert all({"en", "es"} <= set(one.text) for one in read.mistakes.values())


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("fresh-1 = ", "fresh-9 = ", "fresh-9"),
        ("exercises.double", "exercises.triple", "triple"),
        ("text.es", "text.en", "text.en"),
    ],
)
def test_a_language_tells_of_nothing_that_is_not_there(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    assert named in refusal(tmp_path, MANIFEST + _SPANISH.replace(old, new)).message


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("manifest", "named"),
    [
        ("points = 3\n" + MANIFEST, "points"),
        (changed('title = "two numbers"', 'titel = "two numbers"'), "titel"),
        (changed('asks = "Double it."', 'asks = ""\nbonus = 1'), "bonus"),
        (MANIFEST + "\n[tolerance]\nfloat16 = 0.1\n", "float16"),
        (MANIFEST + "\n[limits]\nwall = 1.0\n", "wall"),
        (MANIFEST + '\n[programs.two]\ngiven = []\nstep = ""\n', "step"),
    ],
    ids=["top", "case", "exercise", "tolerance", "limits", "program"],
)
def test_an_unknown_key_is_an_error_that_names_it(
    tmp_path: Path, manifest: str, named: str
) -> None:
    assert f"`{named}`" in refusal(tmp_path, manifest).message


@pytest.mark.parametrize("missing", ["title", "files", "schema"])
def test_a_missing_key_is_named(tmp_path: Path, missing: str) -> None:
    lines = MANIFEST.split("\n")
    at = next(i for i, line in enumerate(lines) if line.startswith(missing))

    assert f"`{missing}`" in refusal(tmp_path, "\n".join(lines[:at] + lines[at + 1 :])).message


@pytest.mark.parametrize("points", ["0.5", "2.0", "true", '"half"', '"1/0"', "[1]", '""'])
def test_points_that_are_not_exact_are_refused(tmp_path: Path, points: str) -> None:
    assert "points" in refusal(tmp_path, changed("points = 2", f"points = {points}")).message


def test_a_refused_float_says_how_to_write_it(tmp_path: Path) -> None:
    assert '"1/3"' in refusal(tmp_path, changed("points = 2", "points = 0.5")).message


@pytest.mark.parametrize("shares", ["0", "-1"])
def test_shares_of_nothing_are_refused(tmp_path: Path, shares: str) -> None:
    assert "double" in refusal(tmp_path, changed('result" = 1', f'result" = {shares}')).message


def test_a_negative_share_is_refused(tmp_path: Path) -> None:
    manifest = changed('"Toy.result" = 1', '"Toy.result" = 3, "Toy.contract" = -1')

    assert "Toy.contract" in refusal(tmp_path, manifest).message


def test_negative_points_are_refused(tmp_path: Path) -> None:
    assert "points" in refusal(tmp_path, changed("points = 2", "points = -2")).message


@pytest.mark.parametrize("limit", ["case_cpu = 0", "load_wall = -1.0", "memory = 0"])
def test_limits_in_which_nothing_can_run_are_refused(tmp_path: Path, limit: str) -> None:
    manifest = f"{MANIFEST}\n[limits]\n{limit}\n"

    assert limit.partition(" ")[0] in refusal(tmp_path, manifest).message


def test_a_negative_weight_is_refused(tmp_path: Path) -> None:
    manifest = changed('title = "two numbers"', 'title = "two numbers"\nweight = -1')

    assert "public-1" in refusal(tmp_path, manifest).message


def test_two_contracts_in_an_exercise_are_refused(tmp_path: Path) -> None:
    both = changed('"Toy.result" = 1', '"Toy.result" = 1, "Toy.contract" = 1, "X.contract" = 1')

    assert "contract" in refusal(tmp_path, both).hint


@pytest.mark.parametrize("name", ["", "a b", "row#1", "a~1", "a*", "a\\nb", "../x"])
def test_an_id_is_one_word(name: str, tmp_path: Path) -> None:
    for known in ("public-1", "double"):
        told = refusal(tmp_path / known, changed(f'id = "{known}"', f'id = "{name}"'))

        assert "letters, digits, dots, dashes" in told.hint


def test_an_output_that_no_case_reads_is_told_with_those_there_are(tmp_path: Path) -> None:
    error = refusal(tmp_path, changed('outputs = { "Toy.result"', 'outputs = { "Toy.results"'))

    assert "no case of exercise double reads Toy.results" in error.message
    assert error.hint == "name what its programs read: Toy.result"


def test_a_contract_of_nothing_that_students_write_is_refused(tmp_path: Path) -> None:
    manifest = changed('"Toy.result" = 1', '"Toy.result" = 1, "Toy.contract" = 1')

    error = refusal(tmp_path, manifest.replace('writes = ["Toy.double"]', "writes = []"))

    assert "list in writes what students write" in error.hint


def test_too_little_of_it_fresh_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, changed('draw = "few"', 'draw = "few"\nweight = 1')).message

    assert "fresh draws hold 1 of 2 of Toy.result" in said


def test_two_thirds_are_enough(tmp_path: Path) -> None:
    manifest = changed('draw = "few"', 'draw = "few"\nweight = "2/1"')

    assert load(tmp_path, manifest).plans[1].weight == 2


def test_an_output_that_no_case_reads_is_refused(tmp_path: Path) -> None:
    manifest = changed('"Toy.result" = 1', '"Toy.result" = 1, "Toy.reslut" = 1')

    assert "Toy.reslut" in refusal(tmp_path, manifest).message


def test_a_contract_that_no_case_looks_at_is_refused(tmp_path: Path) -> None:
    manifest = changed('"Toy.result" = 1', '"Toy.result" = 1, "Toy.contract" = 1')
    manifest = manifest.replace('writes = ["Toy.double"]', 'writes = ["Toy.duoble"]')

    assert "contract" in refusal(tmp_path, manifest).message


@pytest.mark.parametrize("what", ["case", "exercise"])
def test_an_id_twice_is_refused(tmp_path: Path, what: str) -> None:
    again = {
        "case": _FRESH.replace("fresh-2", "fresh-1"),
        "exercise": MANIFEST[MANIFEST.index("[[exercises]]") : MANIFEST.index("[programs")],
    }

    assert f"two {what}s are called" in refusal(tmp_path, MANIFEST + again[what]).message


def test_an_unknown_program_is_named(tmp_path: Path) -> None:
    said = refusal(tmp_path, MANIFEST + _FRESH.replace('program = "double"', 'program = "tripel"'))

    assert "tripel" in said.message
    assert "[programs.tripel]" in said.hint


def test_an_unknown_exercise_is_named(tmp_path: Path) -> None:
    manifest = MANIFEST + _FRESH.replace('exercise = "double"', 'exercise = "duoble"')

    assert "duoble" in refusal(tmp_path, manifest).message


@pytest.mark.parametrize("given", ["{ y = [1.0] }", "{ x = [1.0], y = [1.0] }", "{}"])
def test_a_case_gives_what_its_program_wants(tmp_path: Path, given: str) -> None:
    said = refusal(tmp_path, changed("{ x = [1.0, 2.0] }", given))

    assert "case public-1 gives" in said.message
    assert "['x']" in said.hint


def test_a_case_has_a_cell_or_a_draw_and_not_both(tmp_path: Path) -> None:
    said = refusal(tmp_path, MANIFEST + _FRESH + 'cell = "first"\n').message

    assert "both a cell and a draw" in said


def test_a_draw_gives_the_numbers_by_itself(tmp_path: Path) -> None:
    assert "fresh-2" in refusal(tmp_path, MANIFEST + _FRESH + "given = { x = [1.0] }\n").message


def test_a_draw_is_never_shown(tmp_path: Path) -> None:
    assert "fresh-2" in refusal(tmp_path, MANIFEST + _FRESH + 'visibility = "public"\n').message


def test_a_row_expects_only_what_its_program_gives(tmp_path: Path) -> None:
    row = _ROW.replace('"Toy.result"', '"Toy.reslut"')

    assert "Toy.reslut" in refusal(tmp_path, MANIFEST + row).message


@pytest.mark.parametrize("after", ["given = { x = [1.0, 2.0] }", 'draw = "few"'])
def test_only_a_row_of_the_notebook_states_what_it_expects(tmp_path: Path, after: str) -> None:
    manifest = changed(after, after + '\nexpected = { "Toy.result" = "y" }')

    assert "expected" in refusal(tmp_path, manifest).message


def test_a_program_that_is_none_is_quoted(tmp_path: Path) -> None:
    said = refusal(tmp_path, changed("toy.double(x)", "toy.double(x=x)")).message

    assert "toy.double(x=x)" in said


def test_an_owned_output_is_of_a_class_that_there_is(tmp_path: Path) -> None:
    manifest = changed('classes = ["Toy"]', 'classes = ["Toy"]\nowned = ["Toi.result"]')

    assert "Toi.result" in refusal(tmp_path, manifest).message


def test_a_derivative_is_of_outputs_that_its_program_reads(tmp_path: Path) -> None:
    table = '[[derivatives]]\nprogram = "double"\nof = "Toy.other"\noutputs = {}\n'

    assert "Toy.other" in refusal(tmp_path, MANIFEST + table).message


def test_a_mistake_without_a_hint_is_refused(tmp_path: Path) -> None:
    folder = write_assignment(tmp_path)
    texts = tmp_path / "solutions" / "toy" / "mistakes.toml"
    texts.write_text('[lazy.text.en]\ntitle = "Lazy"\nhints = []\n', encoding="utf-8")

    with pytest.raises(AssignmentError, match="hints"):
        load_assignment(folder)


def test_no_file_at_all_is_refused(tmp_path: Path) -> None:
    assert "files" in refusal(tmp_path, changed('["toy.py"]', "[]")).message


def test_another_schema_is_refused(tmp_path: Path) -> None:
    assert "schema" in refusal(tmp_path, changed("assignment/1", "assignment/2")).message


@pytest.mark.parametrize("bad", ["= 1", 'title = "twice"\n' + MANIFEST, "\N{BULLET}"])
def test_what_is_no_toml_is_refused(tmp_path: Path, bad: str) -> None:
    assert "assignment.toml" in refusal(tmp_path, bad).message


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    folder = write_assignment(tmp_path)
    (folder / "assignment.toml").write_bytes(MANIFEST.encode("utf-16"))

    with pytest.raises(AssignmentError):
        load_assignment(folder)


@pytest.mark.parametrize("text", ["[mean]\ntitle = 1", "[mean]\ntitle = ''", "mean"])
def test_mistakes_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    folder = write_assignment(tmp_path)
    (tmp_path / "solutions/toy/mistakes.toml").write_text(text, encoding="utf-8")

    with pytest.raises(AssignmentError, match=r"mistakes\.toml"):
        load_assignment(folder)


def test_a_folder_without_a_manifest_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"assignment\.toml cannot be read"):
        load_assignment(tmp_path)


def test_every_refusal_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(GraderError) as caught:
        load(tmp_path, changed("points = 2", "points = 0.5"))

    assert caught.value.hint


def test_a_notebooks_rows_travel_unless_the_author_says_otherwise(tmp_path: Path) -> None:
    assert load(tmp_path / "a").rows_travel
    assert not load(tmp_path / "b", MANIFEST + "\n[split]\nrows = false\n").rows_travel
    with pytest.raises(AssignmentError):
        load(tmp_path / "c", MANIFEST + "\n[split]\nrow = false\n")
