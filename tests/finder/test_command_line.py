import io
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from data import builtin
from finder import command_answer, sweep, verdict
from finder.bake_off import Recommendation
from finder.command_line import _bar, main
from finder.curve import Answer, Found
from finder.suggest import RULES


@pytest.fixture
def table(tmp_path):
    random = np.random.default_rng(0)
    rooms, size = random.integers(1, 7, 120), random.normal(80, 20, 120).round(1)
    lines = [f"{r},{s},{s * 2 + r * 10:.2f},{'north' if r > 3 else 'south'}" for r, s in zip(rooms, size, strict=True)]
    path = tmp_path / "houses.csv"
    path.write_text("rooms,size,price,side\n" + "\n".join(lines) + "\n")
    return path


FAST = ["--iterations", "40", "--model", "mlp_16", "--batch-size", "16", "--device", "cpu", "--start", "1e-5"]


def test_json_of_a_file_holds_what_the_rules_read(table, capsys):
    assert main([str(table), "--target", "price", "--seeds", "3", "--json", *FAST]) == 0
    out, err = capsys.readouterr()
    assert err == ""

    def refuse(token):
        raise AssertionError(token)

    printed = json.loads(out, parse_constant=refuse)
    assert list(printed) == ["rows", "target", "kind", "lrs", "losses", "suggestions", "doubts"]
    assert (printed["rows"], printed["target"], printed["kind"]) == (120, "price", "number")
    np.testing.assert_allclose(printed["lrs"], sweep.rates(1e-5, 10, 40), rtol=1e-12)
    assert len(printed["losses"]) == 3
    for rule, answer in printed["suggestions"].items():
        each = [RULES[rule](*sweep.cut(printed["lrs"], losses, 40)).lr for losses in printed["losses"]]
        assert answer == {
            "lr": pytest.approx(np.exp(np.log(each).mean()), rel=1e-6),
            "low": pytest.approx(min(each)),
            "high": pytest.approx(max(each)),
        }


def test_seeds_and_kind_are_taken(table, capsys):
    assert (
        main([str(table), "--target", "rooms", "--kind", "number", "--seeds", "1", "--seed", "7", "--json", *FAST]) == 0
    )
    first = json.loads(capsys.readouterr().out)
    assert first["kind"] == "number"
    assert (
        main([str(table), "--target", "rooms", "--kind", "number", "--seeds", "2", "--seed", "6", "--json", *FAST]) == 0
    )
    np.testing.assert_allclose(json.loads(capsys.readouterr().out)["losses"][1], first["losses"][0], rtol=1e-4)


def test_a_table_for_people(capsys):
    assert main(["iris", "--seeds", "2", *FAST]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.startswith("150 rows, target target, 2 seeds on cpu\n\nRule ")
    assert [line.split("  ")[0] for line in out.splitlines()[3:7]] == ["Minimum / 10", "Steepest", "Valley", "Slide"]


def test_one_seed_is_no_seeds(capsys):
    assert main(["iris", "--verdict", "--updates", "30", "--rates", "6", "--seeds", "1", *FAST]) == 0
    out = capsys.readouterr().out
    assert out.startswith("150 rows, target target, 1 seed on cpu\n")
    assert "with 1 seed, 30 updates each" in out
    assert "1 seeds" not in out


def test_numbers_that_nobody_knows_are_dashes_and_one_update_is_one(capsys):
    assert main(["iris", "--verdict", "--updates", "10", "--rates", "2", "--seeds", "1", *FAST]) == 0
    assert "nan" not in capsys.readouterr().out
    assert command_answer._regret(None) == "–"


def test_another_seed_gives_another_recommendation(capsys):
    found = []
    for seed in ("0", "50"):
        assert main(["iris", "--verdict", "--updates", "30", "--rates", "3", "--seed", seed, "--json", *FAST]) == 0
        found.append(json.loads(capsys.readouterr().out)["recommended"]["lr"])
    assert found[0] != found[1]


def test_a_reader_that_has_read_enough_is_no_error():
    # The reading end is closed before the command begins, so that its first line finds nobody.
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [sys.executable, "-m", "finder", "iris", "--json", "--seeds", "1", *FAST],
        stdout=writing, stderr=subprocess.PIPE, timeout=120, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_a_rate_too_low_to_learn_is_doubted(capsys):
    assert main(["iris", "--seeds", "2", *FAST, "--start", "1e-9", "--end", "1e-8"]) == 0
    assert "Doubt: " in capsys.readouterr().out


SHORT = ["--updates", "30", "--rates", "6", "--seeds", "2"]


def test_the_verdict_is_added_to_the_json(capsys):
    assert main(["iris", "--json", *FAST]) == 0
    before = json.loads(capsys.readouterr().out)
    assert main(["iris", "--verdict", "--json", *SHORT, *FAST]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == [*before, "verdict", "recommended"]
    proof = printed["verdict"]
    assert list(proof)[:6] == ["rates", "loss", "low", "high", "best", "regret"]
    assert [proof[name] for name in ("clear", "updates", "schedule", "seeds")] == [True, 30, "one_cycle", [2, 3]]
    np.testing.assert_allclose(proof["rates"], np.geomspace(1e-5, 10, 6))
    assert [len(proof[name]) for name in ("loss", "low", "high")] == [6, 6, 6]
    best = proof["best"]
    assert best["lr"] == proof["rates"][int(np.argmin(proof["loss"]))]
    assert best["low"] <= best["lr"] <= best["high"]
    assert set(proof["regret"]) == set(printed["suggestions"]) == {"minimum", "steep", "valley", "slide"}
    at_rest, least = proof["loss"][0], min(proof["loss"])
    for rule, answer in printed["suggestions"].items():
        loss = np.interp(np.log(answer["lr"]), np.log(proof["rates"]), proof["loss"])
        assert proof["regret"][rule] == pytest.approx((loss - least) / (at_rest - least), rel=1e-6, abs=1e-9)
    one = printed["recommended"]
    assert list(one) == ["lr", "low", "high", "sentence", "confidence", "cost"]
    assert one["low"] <= one["lr"] <= one["high"]
    assert one["sentence"].startswith("Use ")
    assert one["confidence"] in ("high", "medium", "low")
    assert one["cost"] > 30


ANSWER = Answer(0.1, 0.1, 0.1, (0.1,), 1.0, {})
RATES = np.array([0.01, 0.1, 1.0])


def answered(losses, updates=600):
    """Return the JSON and the table of a verdict with these losses, the first at rest, each (seeds,)."""
    curve = np.linspace(2, 1, 3)
    found = Found(RATES, curve[None], (curve,), (None,), curve, {"valley": ANSWER}, None, ())
    measured = verdict.read(RATES, losses, seeds=range(3), updates=updates)
    proof = command_answer.Proof(measured, Recommendation(0.1, 0.1, 0.1, "Use 0.1.", "low", 5, None, ()))
    task = builtin.task("iris")
    printed = json.loads(json.dumps(command_answer.as_json(task, found, proof), allow_nan=False))
    return printed["verdict"], command_answer.table(task, found, proof).splitlines()


def test_a_verdict_within_noise_names_no_best_rate_and_no_regrets():
    proof, lines = answered([[1.0, 1.1, 0.9], [1.0, 1.1, 0.9], [0.98, 1.08, 0.9], [1.1, 1.0, 1.2]])
    assert (proof["clear"], proof["best"]) == (False, None)
    assert proof["regret"] == dict.fromkeys(("minimum", "steep", "valley", "slide"))
    assert [line.split()[-1] for line in lines[3:7]] == ["–"] * 4
    assert lines[-2] == (
        "Measured: of 3 learning rates with 3 seeds, 600 updates each, 0.1 learned the most, but less than three "
        "standard errors of the seeds: no rate is known to be better than another."
    )


def test_a_clear_verdict_names_both():
    proof, lines = answered([[1.0, 1.01, 0.99], [0.9, 0.91, 0.92], [0.2, 0.21, 0.22], [0.5, 0.52, 0.51]])
    assert (proof["clear"], proof["best"]) == (True, {"lr": 0.1, "low": 0.1, "high": 0.1})
    assert proof["regret"] == {"minimum": 1, "steep": 1, "valley": 0, "slide": 1}
    assert [line.split()[-1] for line in lines[3:7]] == ["1.000", "1.000", "0.000", "1.000"]


def test_one_update_that_teaches_nothing_is_one_update():
    proof, lines = answered(np.ones((4, 3)), updates=1)
    assert (proof["clear"], proof["best"]) == (False, None)
    assert lines[-2] == "Measured: none of 3 learning rates learned anything in 1 update."


def test_losses_that_are_not_finite_are_null():
    proof, _ = answered(np.full((4, 3), np.nan))
    assert (proof["clear"], proof["best"], proof["loss"]) == (False, None, [None] * 3)


def test_the_verdict_for_people(capsys):
    assert main(["iris", "--verdict", "--schedule", "cosine", *SHORT, *FAST]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["Rule", "Learning", "rate", "Lowest", "Highest", "Regret"]
    assert lines[-2].startswith("Measured: of 6 learning rates with 2 seeds, 30 updates each, ")
    assert lines[-1].startswith("Use ")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Command line: the following arguments are required: data."),
        (["digits", "--seeds", "many"], "Command line: argument --seeds: must be a whole number, got many."),
        (["digits", "--end", "high"], "Command line: argument --end: must be a number, got high."),
        (["digits", "--speed", "1"], "Command line: unrecognized arguments: --speed 1."),
        (["digits", "--seeds", "0"], "Range test: number of seeds must be 1 to 32, got 0."),
        (["digits", "--seed", "-1"], "Range test: seed must be 0 to 2147483584, got -1."),
        (["digits", "--batch-size", "0"], "Range test: batch size must be 1 to 8,192, got 0."),
        (["digits", "--start", "-1"], "Range test: start (learning rate) must be above 0, got -1."),
        (["digits", "--end", "nan"], "Range test: end (learning rate) must be above start, 1e-7, got nan."),
        (["digits", "--iterations", "0"], "Range test: iterations must be 1 to 100000, got 0."),
        (["digits", "--kind", "several"], "Range test: kind must be one of classes, number, got several."),
        (["digits", "--kind", "multi-label"], "Range test: kind must be one of classes, number, got multi-label."),
        (["digits", "--target", "price"], "Built-in data digits: target must be target, got price."),
        (["digits", "--optimizer", "lion"], "Range test: optimizer must be one of sgd, adam, adamw, got lion."),
        (["digits", "--verdict", "--rates", "1"], "Verdict: number of rates must be 2 to 512, got 1."),
        (["digits", "--verdict", "--updates", "0"], "Verdict: number of updates must be 1 to 100,000, got 0."),
        (
            ["digits", "--verdict", "--rates", "300", "--seeds", "2"],
            "Verdict: number of models at once must be 1 to 512, got 600.",
        ),
        (["no such file.csv"], "no such file.csv: cannot be read (No such file or directory)."),
        (["."], ".: cannot be read (Is a directory)."),
    ],
)
def test_bad_input_gets_one_sentence_and_exit_code_2(arguments, sentence, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr() == ("", sentence + "\n")


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03PK", b"price\n"])
def test_an_unreadable_file_gets_one_sentence(content, tmp_path, capsys):
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    assert main([str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert len(err) > 10


def test_an_unknown_target_gets_one_sentence(table, capsys):
    assert main([str(table), "--target", "cost"]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "cost" in err
    assert "rooms, size, price, side" in err


def test_the_bar_is_drawn_on_a_terminal_only():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    quiet = io.StringIO()
    _bar(quiet, 100)[0](25)
    assert quiet.getvalue() == ""
    terminal = Terminal()
    draw, clear = _bar(terminal, 100)
    draw(25)
    assert terminal.getvalue() == "\r[#######.......................] 25/100"
    clear()
    assert terminal.getvalue().endswith("\r\033[K")
