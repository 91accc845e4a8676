"""`python -m schedulers`: what it writes, and the one sentence for what it refuses."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from schedulers import CATALOGUE, one_cycle, tanh, torch_one_cycle
from schedulers.command_line import main


def table(text):
    head, *lines = text.splitlines()
    return head.split(","), np.array([[float(cell) for cell in line.split(",")] for line in lines])


def test_without_out_it_prints_csv(capsys):
    assert main(["one_cycle", "--steps", "40", "--peak", "0.1", "--momentum", "0.9"]) == 0
    out, err = capsys.readouterr()
    head, rows = table(out)
    assert (head, err) == (["update", "learning_rate", "momentum"], "")
    np.testing.assert_array_equal(rows[:, 0], np.arange(40))
    np.testing.assert_array_equal(rows[:, 1], one_cycle.rates(40, peak=0.1, momentum=0.9))
    np.testing.assert_array_equal(rows[:, 2], one_cycle.momentum(40, peak=0.1, momentum=0.9))


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_schedule_runs_and_says_its_options(name, capsys):
    assert main([name]) == 0
    head, rows = table(capsys.readouterr().out)
    assert len(rows) == 1000
    assert ("momentum" in head) == (CATALOGUE[name].momentum(1000) is not None)
    with pytest.raises(SystemExit, match="0"):
        main([name, "--help"])
    told = capsys.readouterr().out
    for param in CATALOGUE[name].params:
        assert "--" + param.name.replace("_", "-") in told


def test_flags_choices_and_negative_numbers(capsys):
    told = ["torch_one_cycle", "--steps", "50", "--three-phase", "--anneal", "linear", "--div-final=100"]
    assert main(told) == 0
    wanted = torch_one_cycle.rates(50, three_phase=True, anneal="linear", div_final=100)
    np.testing.assert_array_equal(table(capsys.readouterr().out)[1][:, 1], wanted)
    assert main(["torch_one_cycle", "--steps", "50", "--no-three-phase"]) == 0
    np.testing.assert_array_equal(table(capsys.readouterr().out)[1][:, 1], torch_one_cycle.rates(50))
    assert main(["tanh", "--steps", "50", "--lower", "-1e-3"]) == 0
    np.testing.assert_array_equal(table(capsys.readouterr().out)[1][:, 1], tanh.rates(50, lower=-1e-3))


def test_json_holds_everything(tmp_path):
    out = tmp_path / "curve.JSON"
    assert main(["one_cycle", "--steps", "7", "--out", str(out)]) == 0
    found = json.loads(out.read_text())
    assert found["schedule"] == "one_cycle"
    assert found["updates"] == 7
    assert found["parameters"] == one_cycle.check()
    assert found["learning_rate"] == one_cycle.rates(7).tolist()
    assert found["momentum"] == one_cycle.momentum(7).tolist()
    assert main(["cosine", "--steps", "7", "--out", str(out)]) == 0
    assert json.loads(out.read_text())["momentum"] is None


def test_html_is_one_file_with_the_figure_and_the_numbers(tmp_path):
    out = tmp_path / "curve.html"
    assert main(["one_cycle", "--steps", "1000", "--peak", "0.1", "--out", str(out)]) == 0
    page = out.read_text()
    assert "1cycle (fastai)" in page
    assert "4e-3, 0.1, " in page
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page)
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    assert "Plotly.newPlot" in page


def test_csv_in_a_file(tmp_path, capsys):
    assert main(["cosine", "--steps", "9", "--out", str(tmp_path / "c.csv")]) == 0
    head, rows = table((tmp_path / "c.csv").read_text())
    assert head == ["update", "learning_rate"]
    assert len(rows) == 9
    assert capsys.readouterr().out == ""


def test_the_list_names_every_schedule(capsys):
    assert main(["--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(CATALOGUE)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["one_cicle"], "Schedule must be a name that --list shows, got one_cicle; near it are one_cycle, .*"),
        (["One-Cycle"], "Schedule must be a name that --list shows, got One-Cycle; near it are one_cycle.*"),
        (["--peak"], "Schedule must be a name that --list shows, got --peak; .*"),
        (["qqq"], "Schedule must be a name that --list shows, got qqq; nothing is near it"),
        (["cosine", "--peak", "-1"], r"Cosine decay: peak \(learning rate\) must be 0 to 10, got -1"),
        (["cosine", "--peak", "-1e-3"], r"Cosine decay: peak \(learning rate\) must be 0 to 10, got -0\.001"),
        (["cosine", "--peak", "big"], r"Cosine decay: peak \(learning rate\) must be 0 to 10, got 'big'"),
        (["cosine", "--peak", "nan"], r"Cosine decay: peak \(learning rate\) must be 0 to 10, got nan"),
        (["cosine", "--steps", "0"], r"Cosine decay: T \(updates\) must be 1 to 1,000,000, got 0"),
        (["cosine", "--steps", "ten"], "Command line: argument --steps: must be a whole number, got ten"),
        (["cosine", "--momentum", "0.9"], "Command line: unrecognized arguments: --momentum 0.9"),
        (["cosine", "--pea", "0.1"], "Command line: unrecognized arguments: --pea 0.1"),
        (["cosine", "--peak"], "Command line: argument --peak: expected one argument"),
        (["torch_one_cycle", "--anneal", "sin"], "1cycle .PyTorch.: anneal must be one of cos, linear, got 'sin'"),
        (["cosine_restarts", "--cycles", "2.5"], "Cosine .*: cycles .* must be a whole number, 1 to 50, got '2.5'"),
        (["cosine", "--out", "curve.png"], r"curve\.png: the suffix must be one of \.html, \.csv, \.json, got \.png"),
        (["cosine", "--out", "curve"], r"curve: the suffix must be one of \.html, \.csv, \.json, got none"),
        (["cosine", "--out", "/nowhere/c.csv"], r"/nowhere/c\.csv: cannot be written \(No such file or directory\)"),
    ],
)
def test_what_is_wrong_gets_one_sentence_and_exit_code_2(words, sentence, capsys):
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(sentence + r"\.\n", err)


def test_as_a_program_it_ends_quietly_when_nobody_reads_on():
    root = Path(__file__).parents[2]
    program = subprocess.Popen(
        [sys.executable, "-m", "schedulers", "cosine", "--steps", "200000"],
        cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert program.stdout.readline() == b"update,learning_rate\n"
    program.stdout.close()
    assert program.stderr.read() == b""
    program.stderr.close()
    assert program.wait(timeout=60) == 0
