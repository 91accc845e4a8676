import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parity.cases import CASES
from schedulers import CATALOGUE, libraries, paste
from schedulers.export import LIBRARIES, code
from words import Refusal

TORCH = "optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)\n"


def one(text):
    (pasted,) = paste.read(text)
    return pasted


@pytest.mark.parametrize(
    ("text", "library", "name", "kwargs"),
    [
        (
            "torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=1000)",
            "torch",
            "OneCycleLR",
            {"max_lr": 0.1, "total_steps": 1000},
        ),
        (
            TORCH + "from torch.optim import lr_scheduler\nscheduler = lr_scheduler.StepLR(optimizer, 30, 0.5)",
            "torch",
            "StepLR",
            {"step_size": 30, "gamma": 0.5, "base_lr": 0.1},
        ),
        (
            "from torch.optim.lr_scheduler import CosineAnnealingLR as Cos\nepochs, batches = 3, 10\n"
            "opt = torch.optim.Adam(net.parameters(), 3e-4)\ns = Cos(opt, T_max=epochs * batches, last_epoch=-1)",
            "torch",
            "CosineAnnealingLR",
            {"T_max": 30, "base_lr": 3e-4},
        ),
        (
            "CyclicLR(opt, 1e-3, 0.1, 20, 40, 'triangular2')",
            "torch",
            "CyclicLR",
            {"base_lr": 1e-3, "max_lr": 0.1, "step_size_up": 20, "step_size_down": 40, "mode": "triangular2"},
        ),
        (
            TORCH + "warm = LinearLR(optimizer, 0.01, total_iters=10)\nrest = CosineAnnealingLR(optimizer, 90)\n"
            "scheduler = SequentialLR(optimizer, [warm, rest], milestones=[10])",
            "torch",
            "SequentialLR",
            {
                "schedulers": [
                    ["LinearLR", {"start_factor": 0.01, "total_iters": 10}],
                    ["CosineAnnealingLR", {"T_max": 90}],
                ],
                "milestones": [10],
                "base_lr": 0.1,
            },
        ),
        (
            TORCH + "c = ChainedScheduler([ConstantLR(optimizer, 0.5, 6), ExponentialLR(optimizer, 0.97)])",
            "torch",
            "ChainedScheduler",
            {
                "schedulers": [["ConstantLR", {"factor": 0.5, "total_iters": 6}], ["ExponentialLR", {"gamma": 0.97}]],
                "base_lr": 0.1,
            },
        ),
        (
            "from transformers import get_cosine_schedule_with_warmup\nT = 100\n"
            "optimizer = AdamW(model.parameters(), lr=5e-5)\n"
            "scheduler = get_cosine_schedule_with_warmup(optimizer, int(0.1 * T), T)",
            "transformers",
            "get_cosine_schedule_with_warmup",
            {"num_warmup_steps": 10, "num_training_steps": 100, "base_lr": 5e-5},
        ),
        (
            "keras.optimizers.schedules.CosineDecay(0.0, 60, warmup_target=0.2, warmup_steps=15)",
            "keras",
            "CosineDecay",
            {"initial_learning_rate": 0.0, "decay_steps": 60, "warmup_target": 0.2, "warmup_steps": 15},
        ),
        (
            "lr = tf.keras.optimizers.schedules.PiecewiseConstantDecay([20, 50], [.1, .05, .01])",
            "keras",
            "PiecewiseConstantDecay",
            {"boundaries": [20, 50], "values": [0.1, 0.05, 0.01]},
        ),
        (
            "o = torch.optim.SGD(p, lr=.5)\nCosineLRScheduler(o, 90, 1e-5, warmup_t=5, noise_range_t=None)",
            "timm",
            "CosineLRScheduler",
            {"t_initial": 90, "lr_min": 1e-5, "warmup_t": 5, "base_lr": 0.5},
        ),
        (
            "import optax\ns = optax.piecewise_constant_schedule(0.1, {30: 0.1, 60: 0.1})",
            "optax",
            "piecewise_constant_schedule",
            {"init_value": 0.1, "boundaries_and_scales": {"30": 0.1, "60": 0.1}},
        ),
        (
            "s = optax.join_schedules([optax.linear_schedule(0, .1, 10), optax.cosine_decay_schedule(.1, 90)], [10])",
            "optax",
            "join_schedules",
            {
                "schedules": [
                    ["linear_schedule", {"init_value": 0, "end_value": 0.1, "transition_steps": 10}],
                    ["cosine_decay_schedule", {"init_value": 0.1, "decay_steps": 90}],
                ],
                "boundaries": [10],
            },
        ),
        ("learn.fit_one_cycle(5, 1e-3)", "fastai", "fit_one_cycle", {"lr_max": 1e-3}),
        (
            "learn = vision_learner(dls, resnet18, lr=0.01)\nlearn.fit_flat_cos(5, pct_start=0.5)",
            "fastai",
            "fit_flat_cos",
            {"pct_start": 0.5, "lr": 0.01},
        ),
        (
            "f = combine_scheds([0.3, 0.7], [SchedLin(0, .1), SchedCos(.1, 0)])\n"
            "learn.fit(1, cbs=ParamScheduler({'lr': f}))",
            "fastai",
            "combine_scheds",
            {"pcts": [0.3, 0.7], "scheds": [["SchedLin", 0, 0.1], ["SchedCos", 0.1, 0]]},
        ),
        (
            "combine_scheds([0.3, 0.7], [SchedLin(0, .1), SchedCos(.1, 0)])",
            "fastai",
            "combine_scheds",
            {"pcts": [0.3, 0.7], "scheds": [["SchedLin", 0, 0.1], ["SchedCos", 0.1, 0]]},
        ),
        (
            "f = combine_scheds(scheds=[SchedLin(0, .1)], pcts=[1.0])\ng = combine_scheds([1.0], [SchedCos(.9, .8)])\n"
            "learn.fit(1, cbs=ParamScheduler({'lr': f, 'mom': g}))",
            "fastai",
            "combine_scheds",
            {"pcts": [1.0], "scheds": [["SchedLin", 0, 0.1]]},
        ),
    ],
)
def test_a_pasted_constructor_is_read(text, library, name, kwargs):
    pasted = one(text)
    assert (pasted.library, pasted.name) == (library, name)
    assert dict(pasted.kwargs) == kwargs
    assert (paste.curve(pasted, 40)["lr"] >= 0).all()


@pytest.mark.parametrize("library", LIBRARIES)
def test_exported_code_that_uses_a_librarys_own_scheduler_reads_back_to_the_same_curve(library):
    read = 0
    for name, parameters, T in CASES:
        exported = code(library, CATALOGUE[name], parameters, T)
        if exported.native:
            pasted = one(exported.text)
            assert not pasted.notes
            rates = CATALOGUE[name].rates(T, **parameters)
            np.testing.assert_allclose(paste.curve(pasted, T)["lr"], rates, rtol=1e-9, atol=1e-12)
            read += 1
    assert read >= 15


def test_fine_tune_is_two_cycles_the_second_at_half_the_rate():
    frozen, whole = paste.read("learn.fine_tune(3, base_lr=4e-3, freeze_epochs=2)")
    assert (frozen.name, dict(frozen.kwargs)) == ("fine_tune.frozen", {"base_lr": 4e-3})
    assert (whole.name, dict(whole.kwargs)) == ("fine_tune.unfrozen", {"base_lr": 2e-3})


WARM_UP = """
import math

warm, steps = 10, 60


def rule(current_step):
    '''Warm-up, then half a cosine wave.'''
    if current_step < warm:
        return float(current_step) / float(max(1, warm))
    progress = (current_step - warm) / (steps - warm)
    return max(0.0, 0.5 * (1.0 + math.cos(math.pi * progress)))


scheduler = LambdaLR(optimizer, lr_lambda=rule)
"""


@pytest.mark.parametrize(
    ("text", "factor"),
    [
        ("LambdaLR(optimizer, lambda t: 0.95**t)", lambda t: 0.95**t),
        ("LambdaLR(optimizer, lr_lambda=[lambda epoch: 0.1 ** (epoch // 30)])", lambda t: 0.1 ** (t // 30)),
        ("warm = 10\nrule = lambda i: i / warm if i < warm else 1.0\nLambdaLR(optimizer, rule)",
         lambda t: t / 10 if t < 10 else 1.0),
        ("import math\nsteps = 60\nLambdaLR(optimizer, lambda t: 0.5 * (1 + math.cos(math.pi * t / steps)))",
         lambda t: 0.5 * (1 + np.cos(np.pi * t / 60))),
        ("k = -2\nLambdaLR(optimizer, lambda T: k**2 / float(max(1, T)))", lambda t: 4 / max(1, t)),
        ("def rule(epoch):\n    return 0.5 ** (epoch // 10)\nLambdaLR(optimizer, rule)", lambda t: 0.5 ** (t // 10)),
        (WARM_UP, lambda t: t / 10 if t < 10 else max(0.0, 0.5 * (1 + np.cos(np.pi * (t - 10) / 50)))),
        ("def rule(t: int) -> float:\n    if t < 5:\n        k = 1\n        return k\n    elif t < 9:\n"
         "        return 0.5\n    k = 0.1\n    k = k * k\n    return k\nLambdaLR(optimizer, [rule])",
         lambda t: 1 if t < 5 else 0.5 if t < 9 else 0.01),
    ],
)  # fmt: skip
def test_a_function_of_one_argument_is_read_as_a_formula(text, factor):
    pasted = one(TORCH + text)
    assert (pasted.library, pasted.name) == ("torch", "LambdaLR")
    expected = [0.1 * factor(t) for t in range(70)]
    np.testing.assert_allclose(paste.curve(pasted, 70)["lr"], expected, rtol=1e-12, atol=1e-15)


def test_a_factor_of_every_update_is_multiplied_up():
    text = "def rule(epoch):\n    return 0.5 if epoch % 2 == 0 else 1\nMultiplicativeLR(optimizer, lr_lambda=rule)"
    pasted = one(TORCH + text)
    assert (pasted.library, pasted.name) == ("torch", "MultiplicativeLR")
    np.testing.assert_allclose(paste.curve(pasted, 6)["lr"], [0.1, 0.1, 0.05, 0.05, 0.025, 0.025])


def test_a_function_inside_a_sequence_counts_from_its_milestone():
    text = "a = LambdaLR(optimizer, lambda t: (t + 1) / 4)\nb = LambdaLR(optimizer, lambda t: 0.5**t)\n"
    rates = paste.curve(one(TORCH + text + "SequentialLR(optimizer, [a, b], [4])"), 7)["lr"]
    np.testing.assert_allclose(rates, [0.025, 0.05, 0.075, 0.1, 0.1, 0.05, 0.025])


def test_what_is_assumed_is_said():
    assert one("StepLR(optimizer, 30)").notes == (
        "There is no optimizer's line: its learning rate is taken as 1e-3, PyTorch's default.",
    )
    assert one("o = torch.optim.Adagrad(p)\nStepLR(o, 30)").kwargs["base_lr"] == 0.01
    pasted = one("learn.fit_one_cycle(5, lr_max=slice(1e-5, 1e-3))")
    assert pasted.kwargs["lr_max"] == 1e-3
    assert pasted.notes == ("Line 1: of slice(...) the last group's learning rate is drawn.",)


def test_several_schedulers_come_in_their_order_with_their_lines():
    several = paste.read(TORCH + "a = StepLR(optimizer, 3)\n\nb = ExponentialLR(optimizer, 0.9)")
    assert [(pasted.name, pasted.line) for pasted in several] == [("StepLR", 2), ("ExponentialLR", 4)]


@pytest.mark.parametrize(
    "text",
    [
        "optimizer = keras.optimizers.SGD(learning_rate=keras.optimizers.schedules.CosineDecay(0.1, 60))",
        "model.compile(optimizer=keras.optimizers.Adam(CosineDecay(0.1, 60)), loss='mse')",
        "class Module:\n    def configure(self):\n        self.rate = CosineDecay(0.1, 60)\n        return self.rate",
        "def make():\n    return CosineDecay(0.1, 60)",
    ],
)
def test_a_scheduler_inside_other_code_is_found_once(text):
    assert dict(one(text).kwargs) == {"initial_learning_rate": 0.1, "decay_steps": 60}


def test_a_training_loop_around_it_is_passed_over():
    text = (
        TORCH + "s = StepLR(optimizer, 3)\nfor x in loader:\n    loss = model(x)\n    loss.backward()\n    s.step()\n"
    )
    assert one(text).name == "StepLR"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", r"^Pasted code: there is nothing to read; paste a line such as OneCycleLR"),
        ("x" * 20_001, r"^Pasted code: it must be at most 20,000 characters long, got 20,001\.$"),
        ("a = 1\nStepLR(optimizer,", r"^Pasted code: line 2 is not Python\.$"),
        ("print('hello')", r"^Pasted code: there is no scheduler in it; understood are torch: ConstantLR, .*\.$"),
        (
            "\nsteps = len(loader) * 3\nOneCycleLR(o, 0.1, total_steps=steps)",
            r"^Pasted code, line 2: the value of steps is not understood: len\(loader\) \* 3; write a number in its",
        ),
        ("OneCycleLR(o, 0.1, total_steps=steps)", r"^Pasted code, line 1: steps has no value in the text; write its"),
        ("OneCycleLR(o, 0.1, total_steps=f(3))", r"^Pasted code, line 1: f\(3\) is not understood; write numbers"),
        ("SomeLR(o, f)", r"^Pasted code, line 1: the scheduler SomeLR is not understood; und"),
        ("def f(t, n): return t\nLambdaLR(o, f)", r"line 2: f must have one argument, the update\.$"),
        ("def f(t):\n    x = t\nLambdaLR(o, f)", r"line 1: def f.* does not return a number in the end\.$"),
        (
            "def f(t):\n    if t < 3:\n        x = 1\n    return t\nLambdaLR(o, f)",
            r"line 2: if t < 3.* does not return a",
        ),
        ("def f(t):\n    for i in t: pass\n    return t\nLambdaLR(o, f)", r"line 2: for .* may hold name = \.\.\., if"),
        ("def f(t):\n    return\nLambdaLR(o, f)", r"line 2: return is not understood; a function may hold name"),
        ("def f(t):\n    return open(t)\nLambdaLR(o, f)", r"line 2: open\(t\) is not understood; known are abs"),
        ("def f(t):\n" + "    t = t + t\n" * 40 + "    return t\nLambdaLR(o, f)", r"t = t \+ t is too long\.$"),
        (
            "def f(t):\n" + "    if t < 1: return 1\n" * 400 + "    return t\nLambdaLR(o, f)",
            r"is one condition too many",
        ),
        ("LambdaLR(o, rule)", r"line 1: rule is not understood; write LambdaLR\(optimizer, lambda t: 0\.95\*\*t\)\.$"),
        ("LambdaLR(o, lambda t, n=3: t)", r"line 1: lambda t, n=3: t must have one argument, the update\.$"),
        ("LambdaLR(o, lambda *t: 1)", r"line 1: lambda \*t: 1 must have one argument, the update\.$"),
        ("LambdaLR(o, lambda t: t / T)", r"line 1: T has no value in the text; write its number, or a line T = "),
        ("LambdaLR(o, lambda t: open(t))", r"line 1: open\(t\) is not understood; known are abs, ceil, cos, "),
        ("LambdaLR(o, lambda t: t.real)", r"line 1: t\.real has no value in the text"),
        ("LambdaLR(o, lambda t: [t][0])", r"line 1: \[t\]\[0\] is not understood; a factor may hold numbers, the arg"),
        ("LambdaLR(o, lambda t: t and 1)", r"line 1: t and 1 is not understood; a factor may hold numbers, the arg"),
        ("LambdaLR(o, lambda t: (lambda: t)())", r"line 1: .* is not understood"),
        ("ReduceLROnPlateau(o)", r"line 1: ReduceLROnPlateau waits for a metric, so that it has no curve before"),
        ("StepLR(o, 3, 0.1, -1, 5)", r"line 1: StepLR does not take so many arguments\.$"),
        ("StepLR(o, 3, step_size=4)", r"line 1: StepLR is given step_size twice\.$"),
        ("StepLR(o, *a)", r"line 1: \*a is not understood; write the arguments out\.$"),
        ("StepLR(o, **a)", r"line 1: \*\*a is not understood; write the arguments out\.$"),
        ("StepLR(o, 3, last_epoch=7)", r"line 1: last_epoch = 7 is not understood; leave last_epoch out\.$"),
        ("for i in range(3):\n    s = StepLR(o, 3)", r"line 2: StepLR\(o, 3\) stands in a loop or a condition"),
        ("from mine import StepLR\nStepLR(o, 3)", r"line 2: StepLR is not the StepLR of torch\.$"),
        ("SequentialLR(o, [x, y], milestones=[3])", r"line 1: \[x, y\] is not a list of torch's schedulers\.$"),
        ("o = make()\nStepLR(o, 3)", r"line 1: the optimizer make\(\) is not understood; write a line such as opt"),
        ("o = SGD(p, lr=args.lr)\nStepLR(o, 3)", r"line 1: the learning rate args\.lr is not understood; write a"),
        ("StepLR(o, 1 / 0)", r"line 1: 1 / 0 divides by zero\.$"),
        ("StepLR(o, 9**9**9)", r"line 1: 9 \*\* 9 \*\* 9 is too large a number\.$"),
        ("StepLR(o, 2.0**99999)", r"line 1: 2\.0 \*\* 99999 is too large a number\.$"),
        ("StepLR(o, (-8)**0.5)", r"line 1: \(-8\) \*\* 0\.5 is too large a number\.$|is not a number"),
        ("StepLR(o, 'a' * 10**9)", r"line 1: 'a' is not a number\.$"),
        ("StepLR(o, 1e999)", r"line 1: 1e309 is too large a number\.$"),
        ("StepLR(o, [1] * 3)", r"line 1: \[1\] is not a number\.$"),
        ("StepLR(o, __import__('os').system('true'))", r"line 1: __import__\('os'\)\.system\('true'\) is not underst"),
        ("ParamScheduler({'lr': f})", r"line 1: f is none of fastai's SchedLin, SchedCos"),
        (
            "combine_scheds([1.0])",
            r"line 1: combine_scheds\(\[1\.0\]\) is not understood; write combine_scheds\(\[",
        ),
        ("combine_scheds([1.0], [StepLR])", r"line 1: StepLR is none of fastai's SchedLin, SchedCos"),
        ("f = StepLR(o, 3)\nParamScheduler({'lr': f})", r"line 2: f is none of fastai's SchedLin, SchedCos"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(text, sentence):
    with pytest.raises(Refusal, match=sentence):
        paste.read(text)


@pytest.mark.parametrize(
    "text",
    [
        "-" * 19_990 + "1",
        "(" * 9_000 + ")" * 9_000,
        "a" + ".b" * 9_000,
        "a" + "()" * 9_000,
        "1" + "+1" * 9_000,
        "9" * 15_000,
        "not " * 4_900 + "1",
        "x=" * 9_000 + "1",
        "lambda:" * 2_800 + "1",
        "x = " + "[" * 100 + "]" * 100,
        "a = 1\n" + "a = a * a + a\n" * 1_300 + "StepLR(o, a)",
        "a = [1, 1]\n" + "a = [a, a]\n" * 1_700 + "StepLR(o, a)",
        "StepLR(o, '" + "x" * 19_000 + "')",
        "\x00",
        "\ud800",
        "if 1:\n" + "".join(" " * depth + "if 1:\n" for depth in range(1, 99)) + " " * 99 + "pass",
    ],
    ids=range(16),
)
def test_hostile_text_is_refused_at_once(text):
    begun = time.process_time()
    with pytest.raises(Refusal, match=r"^Pasted code"):
        paste.read(text)
    assert time.process_time() - begun < 5


SCRAPS = [
    "StepLR(o, 3)", "SequentialLR", "ParamScheduler", "combine_scheds", "fine_tune", "learn.", "optax.join_schedules",
    "[", "]", "(", ")", "{", "}", ":", ",", "=", "\n", " ", "    ", "'lr'", "o", "s", "1", "1e-3", "-", "**", "*",
    "lambda", "SGD(p, lr=0.1)", "for x in y:", "def f():", "import torch as o", "from optax import *", "schedules=",
    "None", "slice(", "LambdaLR(o, ", "lambda t: ", "t", "if", "else",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(SCRAPS), max_size=14).map("".join))
def test_any_text_is_read_or_refused_in_a_sentence(text):
    sentence = "."
    try:
        for pasted in paste.read(text):
            paste.curve(pasted, 5)
    except Refusal as refusal:
        sentence = str(refusal)
    assert sentence.endswith(".")


def test_nothing_pasted_is_run(tmp_path):
    path = tmp_path / "written"
    with pytest.raises(Refusal):
        paste.read(f"open({str(path)!r}, 'w').write('x')\nStepLR(open({str(path)!r}, 'w'), 3, gamma=exec('1'))")
    assert not path.exists()


def test_a_scheduler_that_ends_says_after_how_many_updates():
    assert paste.ends(one("OneCycleLR(o, 0.1, epochs=3, steps_per_epoch=40)")) == 120
    assert paste.ends(one("StepLR(o, 3)")) is None


def test_bad_arguments_are_refused_by_the_librarys_own_rules():
    with pytest.raises(Refusal, match=r"^PyTorch StepLR: there is no argument size; allowed: step_size, gamma\.$"):
        paste.curve(one("StepLR(o, size=3)"), 10)
    assert set(libraries.NAMES) == {"torch", "fastai", "transformers", "timm", "optax", "keras"}


OVERWRITTEN = "The schedule overwrites the optimizer's momentum or beta1 of {} with 0.85 to 0.95."


@pytest.mark.parametrize(
    ("optimizer", "scheduler", "said"),
    [
        ("torch.optim.SGD(p, lr=0.1, momentum=0.9)", "OneCycleLR(o, 0.1, total_steps=100)", [OVERWRITTEN.format(0.9)]),
        ("torch.optim.SGD(p, 0.1, 0.8)", "OneCycleLR(o, 0.1, total_steps=100)", [OVERWRITTEN.format(0.8)]),
        ("AdamW(p, lr=0.1, betas=(0.9, 0.99))", "OneCycleLR(o, 0.1, total_steps=100)", [OVERWRITTEN.format(0.9)]),
        ("Adam(p, 0.1, (0.7, 0.99))", "OneCycleLR(optimizer=o, max_lr=0.1, total_steps=100)",
         [OVERWRITTEN.format(0.7)]),
        ("AdamW(p, lr=0.1)", "OneCycleLR(o, 0.1, total_steps=100)",
         ["OneCycleLR silently overwrites the optimizer's momentum or beta1 with 0.85 to 0.95."]),
        ("SGD(p, lr=0.1, momentum=0.9)", "OneCycleLR(o, 0.1, total_steps=100, cycle_momentum=False)", []),
        ("SGD(p, lr=0.1, momentum=0.9)", "CosineAnnealingLR(o, 100)", []),
        ("SGD(p, lr=0.1, momentum=beta)", "OneCycleLR(o, 0.1, total_steps=100, cycle_momentum=True)", []),
    ],
)  # fmt: skip
def test_an_optimizers_momentum_that_the_scheduler_overwrites_is_said(optimizer, scheduler, said):
    (pasted,) = paste.read(f"o = {optimizer}\ns = {scheduler}")
    assert [lint.sentence for lint in paste.warnings(pasted, paste.curve(pasted, 100))] == said
