"""What Explore draws in the browser before the server answers: what the page sends is kept back here, if not said."""

from pathlib import Path

import numpy as np
import pytest

from schedulers import CATALOGUE, formula

pytestmark = pytest.mark.browser

UPDATES = 2000
CURVES = f"c=one_cycle,peak=0.1&c=step&updates={UPDATES}&epochs=10&batch=32"
PLOT = "document.querySelector('.live-chart-plot')"
FOLLOWER = "ratescopeCharts.get('explore.chart')"
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
SILENT = "() => { window.sends = WebSocket.prototype.send; WebSocket.prototype.send = () => {} }"
# As near as 32-bit numbers, which travel from the server, come to those of 64 bits.
TOLERANCE = 1e-6


@pytest.fixture
def board(page, address):
    page.goto(f"{address}explore?{CURVES}")
    page.wait_for_function(f"{PLOT}?._fullLayout?.yaxis?.type === 'linear' && document.querySelector('.dial-range')")
    page.wait_for_selector(IDLE)
    page.wait_for_function("window.ratescopeAhead?.size === 1")
    page.evaluate(f"() => Plotly.relayout({PLOT}, {{'xaxis.range': [100, 900]}})")
    return page


def choose(page, name):
    page.get_by_role("radio", name=name).or_(page.get_by_role("button", name=name, exact=True)).first.click()


def box(page):
    return page.get_by_role("combobox", name="Schedule of curve 1")


def choose_by_key(page, title):
    box(page).fill(title)
    page.get_by_role("option", name=title, exact=True).wait_for()
    marked = "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.textContent"
    page.wait_for_function(
        f"() => {marked} === '{title}' || document.activeElement.dispatchEvent("
        "new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true })) && false"
    )
    page.keyboard.press("Enter")


def drawn(page, curve=0):
    """The curve as it stands in the chart: its x and its rates."""
    traces = page.evaluate(f"{FOLLOWER}.traces().map(({{x, y}}) => [decodedForTests(x), decodedForTests(y)])")
    return [np.array(values, float) for values in traces[curve]]


@pytest.fixture(autouse=True)
def _decode(page):
    page.add_init_script(
        """window.decodedForTests = (values) => values.bdata === undefined ? Array.from(values, (value) => value)
        : Array.from(new Float32Array(Uint8Array.from(atob(values.bdata), (letter) => letter.charCodeAt(0)).buffer))"""
    )


def raised(page, slider):
    """Move the slider of a peak of 0.1 a step up, wait until the curve follows, and return the peak."""
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"{FOLLOWER}.computed")
    peak = float(slider.get_attribute("aria-valuetext"))
    assert peak > 0.1
    return peak


def agrees(page, name, updates, per_unit=1.0, **parameters):
    """Check the first curve, at the updates that it is drawn at, against the schedule of that name."""
    x, rates = drawn(page)
    places = np.round(x * per_unit).astype(int)
    expected = CATALOGUE[name].rates(updates, **parameters)[places]
    np.testing.assert_allclose(rates, expected, rtol=TOLERANCE, atol=1e-9)
    assert len(x) > 500
    assert places[-1] == updates - 1


def ranges(page):
    return page.evaluate(f"[...{PLOT}._fullLayout.xaxis.range]")


def test_another_unit_stretches_the_curves_and_keeps_what_is_zoomed_to(board):
    assert ranges(board) == pytest.approx([100, 900])
    board.evaluate(SILENT)
    choose(board, "Epochs")
    board.wait_for_function(f"{PLOT}._fullLayout.xaxis.title.text === 'epoch'")
    assert ranges(board) == pytest.approx([0.5, 4.5])
    x, _ = drawn(board)
    assert (x[0], x[-1]) == (0, pytest.approx(1999 / 200))
    choose(board, "Samples")
    board.wait_for_function(f"{PLOT}._fullLayout.xaxis.title.text === 'samples seen'")
    assert ranges(board) == pytest.approx([3200, 28_800])
    x, _ = drawn(board)
    assert x[-1] == pytest.approx(1999 * 32)


def test_a_unit_and_an_axis_chosen_one_after_the_other_are_both_drawn(board):
    board.evaluate(SILENT)
    choose(board, "Epochs")
    choose(board, "Logarithmic")
    board.wait_for_function(
        f"{PLOT}._fullLayout.yaxis.type === 'log' && {PLOT}._fullLayout.xaxis.title.text === 'epoch'"
    )


def test_a_slider_moves_the_right_curve_after_a_unit_that_the_server_does_not_know(board):
    board.evaluate(SILENT)
    choose(board, "Epochs")
    peak = raised(board, board.get_by_role("slider", name="Peak", exact=True).first)
    agrees(board, "one_cycle", UPDATES, per_unit=200, peak=peak)


@pytest.mark.parametrize("how", ["pointer", "key"])
def test_another_schedule_is_drawn_with_the_numbers_that_it_keeps(board, how):
    board.evaluate(SILENT)
    if how == "pointer":
        box(board).fill("Cosine decay")  # the list draws no more options than are in view
        board.get_by_role("option", name="Cosine decay", exact=True).click()
    else:
        choose_by_key(board, "Cosine decay")
    board.wait_for_function(f"{FOLLOWER}.computed")
    agrees(board, "cosine", UPDATES, peak=0.1)
    momentum = board.evaluate(f"{FOLLOWER}.now.map((column) => column && column.y.every(Number.isNaN))")
    assert momentum[:2] == [False, True]  # cosine decay has none


def test_the_servers_answer_takes_the_place_of_the_schedule_that_was_drawn(board):
    choose_by_key(board, "Cosine decay")
    board.wait_for_function(
        f"{FOLLOWER}?.live?.curves['0'].title === 'Cosine decay' && Object.keys({FOLLOWER}.chosen).length === 0"
    )
    board.wait_for_selector(IDLE)
    agrees(board, "cosine", UPDATES, peak=0.1)


def test_a_choice_that_was_not_taken_is_taken_back(board):
    _, before = drawn(board)
    box(board).fill("Cosine decay")
    option = board.get_by_role("option", name="Cosine decay", exact=True)
    option.evaluate("node => node.dispatchEvent(new PointerEvent('pointerup', { bubbles: true }))")
    board.wait_for_function(f"{FOLLOWER}.computed")
    board.keyboard.press("Escape")
    board.wait_for_function(f"{FOLLOWER}.computed === null && Object.keys({FOLLOWER}.chosen).length === 0")
    np.testing.assert_array_equal(drawn(board)[1], before)


@pytest.mark.parametrize("updates", [700, 5001])
def test_a_run_of_another_length_is_drawn(board, updates):
    board.get_by_role("button", name="Reset zoom").first.click(force=True)
    board.evaluate(SILENT)
    board.get_by_role("spinbutton", name="Updates").fill(str(updates))
    board.keyboard.press("Enter")
    board.wait_for_function(f"{PLOT}._fullLayout.xaxis.range[1] === {updates - 1}")
    agrees(board, "one_cycle", updates, peak=0.1)


def test_a_length_in_epochs_keeps_the_axis_and_the_servers_answer_agrees(board):
    choose(board, "Epochs")
    board.wait_for_selector(IDLE)
    board.get_by_role("button", name="Reset zoom").first.click(force=True)
    board.get_by_role("spinbutton", name="Updates").fill("700")
    board.keyboard.press("Enter")
    board.wait_for_function(f"{FOLLOWER}.live.updates === 700")
    _, rates = drawn(board)
    assert np.nanmax(rates) == pytest.approx(0.1, rel=1e-3)
    board.wait_for_function(f"!{FOLLOWER}.resized")
    board.wait_for_selector(IDLE)
    agrees(board, "one_cycle", 700, per_unit=70, peak=0.1)


def test_a_length_that_is_refused_is_not_drawn(board):
    _, before = drawn(board)
    board.evaluate(SILENT)
    board.get_by_role("spinbutton", name="Updates").fill("1")
    board.keyboard.press("Enter")
    assert board.evaluate(f"{FOLLOWER}.live.updates") == UPDATES
    np.testing.assert_array_equal(drawn(board)[1], before)


@pytest.fixture
def own(page, address):
    """A formula, a drawn curve and a combination, which have no closed form of the catalogue's."""
    curves = "c=own_formula&c=drawn&c=combined&updates=500"
    page.goto(f"{address}explore?{curves}")
    page.wait_for_function(f"{PLOT}?._fullLayout && Object.keys({FOLLOWER}.live.curves).length === 3")
    page.wait_for_selector(IDLE)
    return page


@pytest.mark.parametrize(("place", "name"), [(0, "own_formula"), (1, "drawn"), (2, "combined")])
def test_a_slider_moves_a_curve_of_ones_own_too(own, place, name):
    if place:
        own.locator("[class*='st-key-explore-'][class*='-card'] summary").nth(place).click()
        own.wait_for_function("document.querySelectorAll('.dial-range').length > 1")
        own.wait_for_selector(IDLE)
    own.evaluate(SILENT)
    peak = raised(own, own.get_by_role("slider", name="Peak", exact=True).last)
    x, rates = drawn(own, place)
    expected = CATALOGUE[name].rates(500, peak=peak)[np.round(x).astype(int)]
    np.testing.assert_allclose(rates, expected, rtol=TOLERANCE, atol=1e-9)


def test_a_formula_is_drawn_as_it_is_typed_and_taken_back_where_it_is_refused(own):
    field = own.get_by_role("textbox", name="Formula")
    _, before = drawn(own)
    own.evaluate(SILENT)
    field.fill("where(p < 0.3, t / T, 0.3 * exp(-p))")
    own.keyboard.press("Enter")
    own.wait_for_function(f"{FOLLOWER}.computed")
    x, rates = drawn(own)
    p = x / 500
    np.testing.assert_allclose(rates, np.where(p < 0.3, p, 0.3 * np.exp(-p)), rtol=TOLERANCE)
    own.wait_for_function(f"{FOLLOWER}.computed === null")  # no answer came, as for one that is refused
    np.testing.assert_array_equal(drawn(own)[1], before)


def test_the_servers_answer_takes_the_place_of_the_formula_that_was_drawn(own):
    own.get_by_role("textbox", name="Formula").fill("peak * (1 - p) ** 2")
    own.keyboard.press("Enter")
    own.wait_for_function(f"{FOLLOWER}.live.curves['0'].text === 'peak * (1 - p) ** 2'")
    own.wait_for_function(f"Object.keys({FOLLOWER}.chosen).length === 0")
    x, rates = drawn(own)
    np.testing.assert_allclose(rates, 0.1 * (1 - x / 500) ** 2, rtol=TOLERANCE)


@pytest.mark.parametrize(
    "text",
    [
        "peak * (1 - p)",
        "max(0.01, peak * 0.5 * (1 + cos(pi * p)))",
        "where(t < 20, peak * t / 20, peak * (20 / t) ** 0.5)",
        "1e-3 + .5 * abs(sin(3*pi*p)) ** 2 ** 0.5",
        "(p >= 0.25) * peak + (p != 0.5) * min(peak, tanh(p))",
        "exp(-p) * floor(4 * p + 1) / ceil(4 * p + 1) + sqrt(t) * log(T) * 0.01",
        "+peak * -(-(1 - p)) * (0.2 < p) + max(0.01, min(p, 0.02)) * (1 == 1)",
        "peak * 0.5 ** (t // 30) + 1 // 0.1 * 1e-3 + 1 % 0.1",
        "t % 7 + (-t) % 7 + t % -7 + 8 + (-t) // 7 + t // -7 + 40",
        "(t - 50) // 0.3 + 200 + (t - 50) % 0.3",
        "9 + -2 ** 2 + 2 ** -1 ** 2 + 2 ** 3 ** 0.5 + -t ** 0",
        "where(log(-1), 1, 2) + where(t, 1, where(p < 2, p > 0.5, p < 0.5))",
        "t / (t // 200) * 0 == 1",
    ],
)
def test_a_formula_means_the_same_in_the_browser(page, text):
    source = (Path(__file__).parents[2] / "ui/live_chart/formula.js").read_text(encoding="utf-8")
    drawn = page.evaluate(
        f"(text) => {{ {source}; const rate = fromFormula(text, {{ peak: 1 }});"
        " return Array.from({ length: 100 }, (_, t) => Number(rate(t, 100, { peak: 0.1 }))) }",
        text,
    )
    np.testing.assert_allclose(drawn, formula.rates(text, 100, peak=0.1), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    "text",
    ["", "t //", "7 / / 2", "7 %", "// 2", "-(1 < 2)", "(1 < 2) + (1 < 2)", "abs(1 < 2)", "010", "1 + " * 50 + "1",
     "constructor", "alert(1)", "t.x", "a = 1", "'x'", "t; t",
     "2p", "peak * p(1)", "(1, 2)", "0.2 < p < 0.5", "max(p)", "where(p, 1)", "cos(1, 2)", "cos", "sin + 1", "t t",
     "p 2", "()", "max()", "1,", "* 2", "2 *", "pi(2)", "where(1 < 2 < 3, 1, 2)",
     "`t`", "peak[0]", "(t", "\\u0074", "__proto__", "this", "new Date", "=> 1", "9" * 299 + "!"],
)  # fmt: skip
def test_what_is_no_formula_or_means_something_else_is_left_to_the_server(page, text):
    source = (Path(__file__).parents[2] / "ui/live_chart/formula.js").read_text(encoding="utf-8")
    made = page.evaluate(
        f"(text) => {{ {source}; const rate = fromFormula(text, {{ peak: 1 }}); return rate && rate(1, 2, {{}}) }}",
        text,
    )
    assert made is None
