"""The tools' charts on Explore before the server answers, whose answers are kept back here, if not said."""

import numpy as np
import pytest

from schedulers import CATALOGUE, groups, libraries, steps
from schedulers.library_pairs import PAIRS
from schedulers.resume import resumed
from schedulers.theory import adamw_weights, bound, bound_along

pytestmark = pytest.mark.browser

UPDATES = 1000
CURVES = f"c=one_cycle,peak=0.1&c=cosine,peak=0.05&updates={UPDATES}"
SILENT = "() => { window.sends = WebSocket.prototype.send; WebSocket.prototype.send = () => {} }"
HEARD = "() => { WebSocket.prototype.send = window.sends }"
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
# As near as 32-bit numbers, which travel from the server, come to those of 64 bits.
TOLERANCE = 1e-6


@pytest.fixture
def board(page, address):
    page.goto(f"{address}explore?{CURVES}")
    page.wait_for_function("window.ratescopeAhead?.size === 1 && document.querySelector('.dial-range')")
    page.wait_for_selector(IDLE)
    return page


def sketch(name):
    return f"ratescopeCharts.get('explore.{name}')"


def opened(page, tool, name):
    """Open a tool, wait for its chart, and keep back what the page says from then on."""
    page.get_by_text(tool, exact=True).click()
    page.wait_for_function(f"{sketch(name)}?.chart.plot._fullLayout && {sketch(name)}.chart.listening")
    page.wait_for_selector(IDLE)
    page.evaluate(SILENT)


@pytest.fixture(autouse=True)
def _decode(page):
    page.add_init_script(
        """window.decodedForTests = (values) => values.bdata === undefined ? Array.from(values, (value) => value)
        : Array.from(new ({ f4: Float32Array, i4: Int32Array })[values.dtype](
            Uint8Array.from(atob(values.bdata), (letter) => letter.charCodeAt(0)).buffer))"""
    )


def plotted(page, name):
    """The traces that stand in the chart: their names and y."""
    traces = page.evaluate(
        f"{sketch(name)}.chart.plot._fullData.map(({{ name, y }}) => [name, Array.from(y, (value) => value ?? NaN)])"
    )
    return [(title, np.array([np.nan if value is None else value for value in y], float)) for title, y in traces]


def drawn(page, name, **wanted):
    """Wait until the browser has drawn the chart by values of its own, and return them, (name, y) a trace."""
    held = " && ".join(f"{sketch(name)}.entered.{key} === {value}" for key, value in wanted.items()) or "true"
    page.wait_for_function(
        f"{sketch(name)}.computed && {held} && {sketch(name)}.shape === {sketch(name)}.shapeOf()"
        f" && !{sketch(name)}.frame && !{sketch(name)}.chart.drawing"
    )
    return page.evaluate(f"{sketch(name)}.computed.map(({{ y }}) => Array.from(y, (value) => value))")


def number(page, label, value, key="Enter"):
    field = page.get_by_role("spinbutton", name=label, exact=True)
    field.fill(str(value))
    field.press(key)


def press(page, text):
    page.get_by_role("radio", name=text).or_(page.get_by_role("button", name=text, exact=True)).first.click()


def agree(found, expected):
    np.testing.assert_allclose(
        np.array([np.nan if value is None else value for value in found], float), expected, rtol=TOLERANCE, atol=1e-9
    )


RESUME, STEPS, LAYERS = "resume.chart", "steps.chart", "layers.chart"
BOUND, MEMORY = "theory.bound", "theory.memory"


def resumption(stop, how="restarted", *, curve="one_cycle", peak=0.1, updates=UPDATES, longer=None):
    return resumed(CATALOGUE[curve], {"peak": peak}, updates, stop, how, longer=longer)


@pytest.mark.parametrize("key", ["Enter", "Tab"])
def test_the_stop_moves_with_its_line(board, key):
    opened(board, "Resume", RESUME)
    number(board, "Stopped before update", 300, key)
    actual, intended = drawn(board, RESUME, stop=300)
    expected = resumption(300)
    agree(actual, expected.actual)
    agree(intended, expected.intended)
    agree(plotted(board, RESUME)[0][1], expected.actual)
    assert board.evaluate(f"{sketch(RESUME)}.chart.plot._fullLayout.shapes[0].x0") == 300


def test_the_arrows_of_a_number_take_it_along(board):
    opened(board, "Resume", RESUME)
    board.get_by_role("spinbutton", name="Stopped before update").focus()
    for _ in range(3):
        board.keyboard.press("ArrowUp")
    actual, _ = drawn(board, RESUME, stop=503)
    agree(actual, resumption(503).actual)


def test_another_way_to_resume_has_its_names_and_its_length(board):
    opened(board, "Resume", RESUME)
    press(board, "Run made longer")
    actual, intended = drawn(board, RESUME, how="'extended'")
    expected = resumption(500, "extended", longer=2000)
    agree(actual, expected.actual)
    agree(intended, expected.intended)
    assert [name for name, _ in plotted(board, RESUME)] == ["old one continued", "rebuilt for the longer run"]
    assert board.evaluate(f"{sketch(RESUME)}.chart.plot._fullLayout.xaxis.range") == [0, 1999]


@pytest.mark.parametrize("how", ["pointer", "key"])
def test_another_curve_has_its_colour(board, how):
    opened(board, "Resume", RESUME)
    box = board.get_by_role("combobox", name="Curve", exact=True)
    box.evaluate("node => node.scrollIntoView({ block: 'center' })")
    box.focus()
    board.keyboard.press("ArrowDown")
    option = board.get_by_role("option", name="Cosine decay", exact=True)
    option.wait_for()
    if how == "pointer":
        option.click()
    else:
        board.keyboard.press("End")
        board.keyboard.press("Enter")
    actual, _ = drawn(board, RESUME, curve="'1'")
    agree(actual, resumption(500, curve="cosine", peak=0.05).actual)
    own = "ratescopeCharts.get('explore.chart').chart.plot._fullData.find(({ name }) => name === 'Cosine decay')"
    assert board.evaluate(f"{sketch(RESUME)}.chart.plot._fullData[0].line.color === {own}.line.color")


def test_the_tool_follows_a_slider_of_the_picture_while_it_moves(board):
    opened(board, "Resume", RESUME)
    slider = board.get_by_role("slider", name="Peak", exact=True).first
    box, share = slider.bounding_box(), slider.evaluate("node => node.value / node.max")
    middle = box["y"] + box["height"] / 2
    board.mouse.move(box["x"] + 8 + (box["width"] - 16) * share, middle)
    board.mouse.down()
    board.mouse.move(box["x"] + 8 + (box["width"] - 16) * (share + 0.1), middle, steps=5)
    board.wait_for_function(f"{sketch(RESUME)}.computed")
    peak = float(slider.get_attribute("aria-valuetext"))
    assert peak > 0.1
    board.wait_for_function(f"Math.abs(Math.max(...{sketch(RESUME)}.computed[0].y) / {peak} - 1) < 1e-3")
    actual, _ = drawn(board, RESUME)
    agree(actual, resumption(500, peak=peak).actual)
    board.mouse.up()


def test_the_tool_takes_another_length_of_the_run_along(board):
    opened(board, "Resume", RESUME)
    number(board, "Updates", 700)
    board.wait_for_function(f"{sketch(RESUME)}.computed?.[0].x.length === 700")
    actual, _ = drawn(board, RESUME)
    agree(actual, resumption(500, updates=700).actual)


def test_the_servers_answer_takes_the_place_of_what_was_drawn(board):
    opened(board, "Resume", RESUME)
    board.evaluate(HEARD)
    number(board, "Stopped before update", 300)
    board.wait_for_function(
        f"{sketch(RESUME)}.chart.data.figure.layout.shapes[0].x0 === 300 && !{sketch(RESUME)}.following()"
    )
    board.wait_for_selector(IDLE)
    board.wait_for_function(f"!{sketch(RESUME)}.chart.drawing")
    agree(plotted(board, RESUME)[0][1], resumption(300).actual)
    slider = board.get_by_role("slider", name="Peak", exact=True).first
    slider.focus()
    board.keyboard.press("ArrowRight")
    board.wait_for_function(
        f"ratescopeCharts.get('explore.chart').live.curves['0'].given.peak > 0.1 && !{sketch(RESUME)}.following()"
    )
    peak = float(slider.get_attribute("aria-valuetext"))
    board.wait_for_function(f"Math.max(...{sketch(RESUME)}.columns[0].y) > 0.1001")
    board.wait_for_function(f"!{sketch(RESUME)}.chart.drawing")
    agree(plotted(board, RESUME)[0][1], resumption(300, peak=peak).actual)


def test_what_the_server_never_answers_is_taken_back(board):
    opened(board, "Resume", RESUME)
    before = plotted(board, RESUME)
    number(board, "Stopped before update", 300)
    drawn(board, RESUME, stop=300)
    board.wait_for_function(f"{sketch(RESUME)}.computed === null && !{sketch(RESUME)}.chart.drawing")
    agree(plotted(board, RESUME)[0][1], before[0][1])


@pytest.mark.parametrize("value", [0, 1000, 5000])
def test_a_number_out_of_its_bounds_is_not_drawn(board, value):
    opened(board, "Resume", RESUME)
    number(board, "Stopped before update", value)
    assert board.evaluate(f"{sketch(RESUME)}.entered") == {}


def test_the_calculator_draws_what_each_of_its_fields_makes(board):
    opened(board, "Steps", STEPS)
    number(board, "Training rows", 6400)
    field = board.locator(".st-key-explore-steps-epochs input")
    field.fill("3")
    field.press("Enter")
    board.locator(".st-key-explore-steps-drop_last label").click()
    number(board, "Batch size", 60)
    number(board, "Total given to the scheduler", 400)
    press(board, "after each epoch")
    actual, intended = drawn(
        board, STEPS, rows=6400, epochs=3, drop_last="false", size=60, declared=400, stepped="'epoch'"
    )
    counted = steps.count(6400, 60, epochs=3, drop_last=False)
    went = steps.traversal(400, counted, each_epoch=True)
    meant, comes = steps.taken_rates(CATALOGUE["one_cycle"], {"peak": 0.1}, counted, went)
    agree(actual, comes)
    agree(intended, meant)


def test_the_weights_and_bounds_follow_their_curves(board):
    opened(board, "Theory", MEMORY)
    number(board, "Weight decay", 0.5)
    found = drawn(board, MEMORY, decay=0.5)
    for y, (name, peak) in zip(found, [("one_cycle", 0.1), ("cosine", 0.05)], strict=True):
        agree(y, adamw_weights(CATALOGUE[name].rates(UPDATES, peak=peak), 0.5))
    slider = board.get_by_role("slider", name="Warm-up", exact=True).first
    slider.focus()
    board.keyboard.press("ArrowRight")
    board.wait_for_function(f"{sketch(BOUND)}.computed")
    warmup = float(slider.get_attribute("aria-valuetext").rstrip("%")) / 100
    assert warmup > 0.25
    places = board.evaluate(f"{sketch(BOUND)}.sketch.curves")
    rates = CATALOGUE["one_cycle"].rates(UPDATES, peak=0.1, warmup=warmup)
    agree(drawn(board, BOUND)[places.index("0")], bound_along(rates * bound(rates).best_multiple)[1])


def test_groups_and_their_spread_are_drawn(board):
    opened(board, "Layer rates", LAYERS)
    number(board, "Groups", 5)
    number(board, "Spread", 16)
    found = drawn(board, LAYERS, count=5, spread=16)
    rates = CATALOGUE["one_cycle"].rates(UPDATES, peak=0.1)
    expected = groups.group_rates(rates, groups.multipliers(5, 1.0, 16.0))
    for group in range(5):
        agree(found[group], expected[:, group])
    agree(found[5], CATALOGUE["one_cycle"].momentum(UPDATES, peak=0.1))
    names = [name for name, _ in plotted(board, LAYERS)]
    assert names == ["group 1 (input)", "group 2", "group 3", "group 4", "group 5 (head)", "group 5 (head)"]


def test_other_ways_to_spread_the_rates_are_drawn_and_the_servers_answers_agree(board):
    opened(board, "Layer rates", LAYERS)
    board.evaluate(HEARD)
    rates = CATALOGUE["one_cycle"].rates(UPDATES, peak=0.1)
    tenths = groups.group_rates(rates, groups.multipliers(3))
    fine = groups.fine_tune(100, 900, groups=3).rates  # of 10 epochs, one
    for mode, expected in (("A tenth but for the last", tenths), ("fine_tune (fastai)", fine)):
        board.evaluate(SILENT)
        press(board, mode)
        board.wait_for_function(f"{sketch(LAYERS)}.chart.data.sketch === null && !{sketch(LAYERS)}.chart.drawing")
        foreseen = board.evaluate(
            f"{sketch(LAYERS)}.traces().slice(0, 3).map(({{ x, y }}) => [x, y].map(decodedForTests))"
        )
        for group, (x, y) in enumerate(foreseen):
            assert 100 < len(x) <= 400
            agree(y, expected[np.round(x).astype(int), group])
        board.evaluate(HEARD)
        press(board, "Spread over groups")
        board.wait_for_selector(IDLE)
        press(board, mode)
        board.wait_for_function(
            f"{sketch(LAYERS)}.lines[0].x.bdata?.length > 2000 || {sketch(LAYERS)}.lines[0].x.length > 900"
        )
        board.wait_for_selector(IDLE)
        for group in range(3):
            agree(board.evaluate(f"Array.from({sketch(LAYERS)}.columns[{group}].y)"), expected[:, group])


def test_a_logarithmic_axis_of_groups_is_drawn(board):
    opened(board, "Layer rates", LAYERS)
    assert board.evaluate(f"{sketch(LAYERS)}.chart.plot._fullLayout.yaxis.type") == "log"
    board.locator("[class*='st-key-explore-layers-log'] label").click()
    board.wait_for_function(f"{sketch(LAYERS)}.chart.plot._fullLayout.yaxis.type === 'linear'")


@pytest.mark.parametrize("silent", [True, False])
def test_another_pair_of_libraries_is_drawn_in_outline_and_then_in_full(board, silent):
    opened(board, "Libraries", "code.pair.chart")
    if not silent:
        board.evaluate(HEARD)
    data, pair = f"{sketch('code.pair.chart')}.chart.plot._fullData", "Cosine: PyTorch and Keras"
    field = board.get_by_role("combobox", name="The same schedule of two libraries")
    field.fill(pair)
    board.get_by_role("option", name=pair, exact=True).wait_for()
    field.press("ArrowDown")
    field.press("Enter")
    size = "x.length < 300" if silent else "x.length === 1000"
    shown = board.wait_for_function(
        f"{data}[0].name.startsWith('PyTorch Cos') && (([{{ x, y }}, other]) => {size}"
        f" && [other.name, Array.from(x), Array.from(y)])({data})"
    )
    other, x, y = shown.json_value()
    assert other.startswith("Keras Cosine")
    agree(y, libraries.curve(*PAIRS[pair].sides(UPDATES)[0], UPDATES)["lr"][np.array(x, int)])


def test_a_number_that_does_not_fit_a_longer_run_shows_what_it_is_now(board):
    opened(board, "Resume", RESUME)
    board.evaluate(HEARD)
    press(board, "Run made longer")
    longer = board.get_by_role("spinbutton", name="Made longer, to updates")
    longer.wait_for()
    assert longer.input_value() == "2000"
    number(board, "Updates", 5000)
    board.wait_for_function(f"{sketch(RESUME)}.chart.data.figure.layout.xaxis.range[1] === 9999")
    board.wait_for_selector(IDLE)
    assert longer.input_value() == "10000"
