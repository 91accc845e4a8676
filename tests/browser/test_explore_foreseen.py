"""What Explore's widgets lead to is drawn before the server answers: what the page sends is kept back, if not said."""

from pathlib import Path

import numpy as np
import pytest

from schedulers import CATALOGUE
from ui.explore_live import catalogue

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
PLOT = "document.querySelector('.live-chart-plot')"
FOLLOWER = "ratescopeCharts.get('explore.chart')"
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
SILENT = "() => { window.sends = WebSocket.prototype.send; WebSocket.prototype.send = () => {} }"
HELD = """() => {
    window.sends = WebSocket.prototype.send
    window.held = []
    WebSocket.prototype.send = function (message) { held.push(() => sends.call(this, message)) }
}"""
RELEASED = "() => { WebSocket.prototype.send = sends; held.forEach((send) => send()) }"
NAMES = f"{PLOT}.data.filter(({{mode, yaxis}}) => mode === 'lines' && yaxis !== 'y2').map((trace) => trace.name)"
REACTED = (
    "() => { const react = Plotly.react; window.reacted = 0; Plotly.react = (...all) => (reacted++, react(...all)) }"
)


@pytest.fixture
def explore(page, address):
    """Return what opens Explore with a picture, as it is once the server has sent all that it sends ahead."""
    page.clock.install()

    def opened(query):
        page.goto(f"{address}explore?{query}")
        page.wait_for_function(f"{PLOT}?._fullLayout && document.querySelector('.dial-range')")
        page.wait_for_function("window.ratescopeAhead?.size === 1")
        page.wait_for_selector(IDLE)
        return page

    return opened


def rates(page, curve):
    """Return x and y of the trace of that number as it is drawn."""
    return [
        np.array(values, float)
        for values in page.evaluate(
            f"(curve) => {{ const {{x, y}} = {PLOT}._fullData[curve]; return [x, y].map((each) => Array.from(each)) }}",
            curve,
        )
    ]


def open_menu(page):
    """Open the menu of the first curve's card, and wait for what its widgets lead to."""
    page.get_by_role("button", name="More").first.click()
    page.get_by_text("Show in the chart").wait_for()
    page.wait_for_selector(IDLE)


def test_a_preset_is_drawn_at_once_and_the_answer_draws_nothing_anew(explore):
    page = explore("c=rex")
    page.evaluate(f"() => Plotly.relayout({PLOT}, {{'xaxis.range': [100, 900]}})")
    page.evaluate(REACTED)
    page.evaluate(SILENT)
    page.get_by_role("button", name="How steps compare").click()
    page.wait_for_function(f"{NAMES}.join() === 'Step decay,Cosine decay,Flat, then cosine (fastai)'")
    assert page.evaluate("reacted") == 1
    _, drawn = rates(page, 0)
    np.testing.assert_allclose(drawn, CATALOGUE["step"].rates(1000), rtol=1e-6)
    assert page.evaluate(f"{PLOT}._fullLayout.xaxis.range") == [100, 900]
    page.evaluate("() => { WebSocket.prototype.send = sends }")
    page.get_by_role("button", name="How steps compare").click()
    page.wait_for_function(f"{FOLLOWER}.live?.curves['0'].title === 'Step decay'")
    page.wait_for_selector(IDLE)
    assert page.evaluate("reacted") == 1


def test_a_button_works_by_keyboard_and_what_is_not_answered_is_taken_back(explore):
    page = explore("c=rex")
    page.evaluate(SILENT)
    page.get_by_role("button", name="Warm-up", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"{NAMES}.length === 3")
    page.clock.fast_forward(11_000)
    page.wait_for_function(f"{NAMES}.join() === 'REX'")
    slider = page.get_by_role("slider", name="Peak", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"{FOLLOWER}.computed")  # the curve follows its slider again


@pytest.mark.parametrize(
    ("button", "names"),
    [("Remove", ["Cosine decay"]), ("Duplicate", ["REX (peak 0.5)", "REX (peak 0.5) · 2", "Cosine decay"])],
)
def test_a_curve_is_removed_or_duplicated_at_once(explore, button, names):
    page = explore("c=rex,peak=0.5&c=cosine")
    open_menu(page)
    page.evaluate(SILENT)
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_function(f"(names) => {NAMES}.join() === names", arg=",".join(names))


def test_a_curve_is_hidden_and_coloured_at_once(explore):
    page = explore("c=rex&c=cosine")
    open_menu(page)
    page.get_by_text("crimson").click()
    page.wait_for_function(f"{PLOT}.data[0].line.color === '#c2265a'")
    page.wait_for_selector(IDLE)
    page.evaluate(SILENT)
    page.get_by_text("Show in the chart").click()
    page.wait_for_function(f"{NAMES}.join() === 'Cosine decay'")


@pytest.mark.parametrize("x", ["updates", "samples"])
def test_a_curve_is_added_at_once_with_its_momentum(explore, x):
    page = explore(f"c=cosine&x={x}&batch=8&updates=3000")
    page.evaluate(SILENT)
    page.get_by_role("combobox", name="Add a curve").fill("1cycle (PyTorch)")
    page.get_by_role("option", name="1cycle (PyTorch)", exact=True).click()
    page.wait_for_function(f"{NAMES}.join() === 'Cosine decay,1cycle (PyTorch)'")
    page.wait_for_function(f"{PLOT}._fullLayout.yaxis2")
    x, drawn = rates(page, 1)
    updates = np.round(x / (8 if "samples" in page.url else 1)).astype(int)
    assert updates[-1] == 2999
    assert len(updates) > 900
    np.testing.assert_allclose(drawn, CATALOGUE["torch_one_cycle"].rates(3000)[updates], rtol=1e-9, atol=1e-15)
    _, momentum = rates(page, 2)
    np.testing.assert_allclose(momentum, CATALOGUE["torch_one_cycle"].momentum(3000)[updates], rtol=1e-9)


def test_the_servers_answer_takes_the_place_of_the_curve_that_was_added(explore):
    page = explore("c=cosine,peak=0.5")
    page.get_by_role("combobox", name="Add a curve").fill("Cosine decay")
    page.get_by_role("option", name="Cosine decay", exact=True).click()
    page.wait_for_function(f"{NAMES}.join() === 'Cosine decay (peak 0.5),Cosine decay'")
    page.wait_for_function(f"Object.keys({FOLLOWER}.live.curves).length === 2")
    page.wait_for_selector(IDLE)
    assert page.evaluate(NAMES) == ["Cosine decay (peak 0.5)", "Cosine decay"]


def test_a_choice_in_a_card_is_drawn_at_once(explore):
    page = explore("c=wsd")
    page.evaluate(SILENT)
    page.get_by_text("cosine", exact=True).click()
    page.wait_for_function(f"{FOLLOWER}.live === null")
    _, drawn = rates(page, 0)
    np.testing.assert_allclose(drawn, CATALOGUE["wsd"].rates(1000, shape="cosine"), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("title", "name"), [("Your formula", "own_formula"), ("Drawn by hand", "drawn"), ("Combination", "combined")]
)
def test_a_curve_of_ones_own_is_added_at_once(explore, title, name):
    page = explore("c=rex&updates=500")
    page.evaluate(SILENT)
    page.get_by_role("combobox", name="Add a curve").fill(title)
    page.get_by_role("option", name=title, exact=True).click()
    page.wait_for_function(f"{NAMES}.join() === 'REX,{title}'")
    _, added = rates(page, 1)
    np.testing.assert_allclose(added, CATALOGUE[name].rates(500), rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    ("tool", "button"), [("Steps", "Use for the picture"), ("Draw", "Start from REX"), ("Draw", "Start a drawn curve")]
)
def test_a_button_of_a_tool_is_drawn_at_once(explore, tool, button):
    page = explore("c=rex&updates=500")
    page.get_by_text(tool, exact=True).click()
    page.get_by_role("button", name=button, exact=True).wait_for()
    page.wait_for_function(f"{FOLLOWER}.chart.data.foreseen")
    page.wait_for_selector(IDLE)
    page.evaluate(SILENT)
    page.get_by_role("button", name=button, exact=True).click()
    if tool == "Steps":
        page.wait_for_function(f"{PLOT}._fullLayout.xaxis.range[1] === 7809")  # 50,000 rows by 64, ten times
    else:
        page.wait_for_function(f"{NAMES}.length === 2")


def test_a_menu_used_right_after_another_unit_waits_for_the_server(explore):
    page = explore("c=rex&c=cosine&x=updates")
    open_menu(page)
    page.evaluate(SILENT)
    page.locator(".st-key-explore-x").get_by_text("Epochs", exact=True).click()
    page.wait_for_function(f"{PLOT}._fullLayout.xaxis.range[1] < 11")
    page.evaluate(f"() => {{ window.before = {FOLLOWER}.chart.data }}")
    page.get_by_text("Show in the chart").click()
    assert page.evaluate(f"{FOLLOWER}.chart.data === before")


@pytest.mark.parametrize("between", ["linear", "cosine", "monotone"])
def test_points_are_drawn_as_they_are_typed_and_taken_back_where_they_are_refused(explore, between):
    page = explore(f"c=drawn,between={between}&updates=400")
    page.evaluate(SILENT)
    field = page.get_by_role("textbox", name="Points", exact=True)
    field.fill("0:1 0.3:0.1 0.35:0.2 1:0.9")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{FOLLOWER}.computed")
    drawn = page.evaluate(f"Array.from({FOLLOWER}.computed[0].y)")
    expected = CATALOGUE["drawn"].rates(400, points="0:1 0.3:0.1 0.35:0.2 1:0.9", between=between)
    np.testing.assert_allclose(drawn, expected, rtol=1e-9, atol=1e-12)
    page.clock.fast_forward(4000)  # no answer came, as for points that are refused
    page.wait_for_function(f"{FOLLOWER}.computed === null")
    field.fill("0:1 0.3:2")
    page.keyboard.press("Enter")
    assert page.evaluate(f"Object.keys({FOLLOWER}.chosen).length") == 0


def test_a_number_of_epochs_stretches_an_axis_that_counts_them(explore):
    page = explore("c=cosine&x=epochs&updates=400&epochs=10")
    page.evaluate(SILENT)
    field = page.get_by_role("spinbutton", name="Epochs")
    field.fill("20")
    page.keyboard.press("Enter")
    page.wait_for_function(f"Math.abs({PLOT}._fullLayout.xaxis.range[1] - 399 / 20) < 1e-9")
    x, drawn = rates(page, 0)
    assert x[-1] == pytest.approx(399 / 20)
    np.testing.assert_allclose(drawn, CATALOGUE["cosine"].rates(400), rtol=1e-6, atol=1e-9)


def test_a_step_of_the_length_by_arrow_or_button_is_drawn(explore):
    page = explore("c=cosine&updates=400")
    page.evaluate(SILENT)
    page.get_by_role("spinbutton", name="Updates").focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_function(f"{PLOT}._fullLayout.xaxis.range[1] === 499")
    page.locator(".st-key-explore-updates").get_by_test_id("stNumberInputStepDown").click()
    page.wait_for_function(f"{PLOT}._fullLayout.xaxis.range[1] === 399")


def in_browser(page, text, updates, peak):
    """Return the rates that the script has for a combination's text, or None where it leaves it to the server."""
    sources = "".join(
        (ROOT / "ui/live_chart" / name).read_text(encoding="utf-8").replace("export default", "window.ignored =")
        for name in ("functions.js", "formula.js", "drawn.js", "parts.js")
    )
    return page.evaluate(
        f"([text, catalogue, T, peak]) => {{ {sources}; const rate = fromParts(text, {{}}, '', catalogue);"
        " return rate && Array.from({ length: T }, (_, t) => rate(t, T, { peak })) }",
        [text, catalogue(), updates, peak],
    )


@pytest.mark.parametrize(
    "text",
    [
        "0.3 linear_warmup warmup:1 then 0.7 cosine",
        "cosine times step factor:0.5",
        "0.25 one_cycle peak:0.5 then 0.25 constant then 0.5 cosine_restarts",
        "constant peak:0.25",
        "0.1 linear_warmup warmup:1 then 0.6 wsd peak:.8 then 0.3 exponential",
        "0 constant then 1 rex",
        "0.5 cyclic mode:triangular2 then 0.5 torch_one_cycle three_phase:yes anneal:linear",
        "0.4 wsd shape:linear peak:0.5 then 0.6 drawn points:(0:0 0.3:1 1:0.2) between:cosine",
        "0.2 drawn then 0.8 combined segments:(cosine times own_formula formula:(1 - p // 0.25 / 5) peak:0.5)",
        "own_formula formula:((1 - p) * (t % 7 + 1) / 8) times combined segments:(0.5 combined then 0.5 constant)",
    ],
)
def test_a_combination_means_the_same_in_the_browser(page, text):
    expected = CATALOGUE["combined"].rates(333, peak=0.3, segments=text)
    np.testing.assert_allclose(in_browser(page, text, 333, 0.3), expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    "text",
    ["", "0.3 cosine", "0.3 cosine then 0.8 rex", "cosine then rex", "0.5 cosine times 0.5 rex then 0 rex",
     "0.5 nothing then 0.5 rex", "0.5 cosine peak:high then 0.5 rex", "cosine curve:2", "constructor",
     "0.5 __proto__ then 0.5 rex", "cosine peak:1:2",
     "step factor:2", "0x1 constant", "noam width:2.5", "one_cycle peak:-1", "tanh lower:2", "1 rex\ufeffpeak:0.5",
     "cyclic mode:square", "drawn points:(0:0 1:1", "drawn points:0:0)", "torch_one_cycle three_phase:maybe",
     "own_formula formula:(1 +)", "own_formula formula:", "1 then 0 rex", "then", "times times",
     "combined segments:(combined segments:(combined segments:(rex)))",
     " times ".join(["combined segments:(rex times rex times rex)"] * 7),
     " times ".join(["cosine"] * 13)],
)  # fmt: skip
def test_a_combination_that_is_refused_or_has_other_parts_is_left_to_the_server(page, text):
    assert in_browser(page, text, 50, 0.1) is None


def test_a_combination_is_drawn_as_it_is_typed_and_then_as_the_server_has_it(explore):
    page = explore("c=combined&updates=400")
    field = page.get_by_role("textbox", name="Parts", exact=True)
    field.fill(" 0.50 linear_warmup warmup:1.0 then  0.5 rex ")  # which the server writes otherwise
    page.evaluate(SILENT)
    page.keyboard.press("Enter")
    page.wait_for_function(f"{FOLLOWER}.computed")
    expected = CATALOGUE["combined"].rates(400, segments="0.5 linear_warmup warmup:1 then 0.5 rex")
    np.testing.assert_allclose(page.evaluate(f"Array.from({FOLLOWER}.computed[0].y)"), expected, rtol=1e-9, atol=1e-15)
    page.evaluate("() => { WebSocket.prototype.send = sends }")
    field.fill("0.5 linear_warmup warmup:1 then 0.5  constant")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{FOLLOWER}.live.curves['0'].text === '0.5 linear_warmup warmup:1 then 0.5 constant'")
    page.wait_for_function(f"{FOLLOWER}.computed === null && Object.keys({FOLLOWER}.chosen).length === 0")


def test_a_slider_moves_a_text_that_the_server_does_not_have_yet(explore):
    page = explore("c=drawn,between=linear&updates=400")
    page.evaluate(SILENT)
    page.get_by_role("textbox", name="Points", exact=True).fill("0:1 1:0")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{FOLLOWER}.computed")
    slider = page.get_by_role("slider", name="Peak", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    peak = float(slider.get_attribute("aria-valuetext"))
    page.wait_for_function(f"Math.abs({FOLLOWER}.computed[0].y[0] - {peak}) < 1e-9")


def test_a_formula_whose_rates_are_refused_is_not_drawn(explore):
    page = explore("c=own_formula&updates=400&y=log")
    page.evaluate(SILENT)
    for text in ("0.1 / t", "0.1 * sqrt(0.5 - p)", "0.1 * cos(10 * p)"):
        page.get_by_role("textbox", name="Formula").fill(text)
        page.keyboard.press("Enter")
        page.wait_for_function(f"{FOLLOWER}.computed && {FOLLOWER}.chosen['0'].what === '{text}'")
        assert page.evaluate(f"{FOLLOWER}.computed[0] === {FOLLOWER}.columns[0]")


@pytest.mark.parametrize(
    ("curve", "field", "text"),
    [("own_formula", "Formula", "3 * peak * p"), ("combined", "Parts", "0.5 constant peak:2 then 0.5 drawn peak:3")],
)
def test_what_a_text_writes_above_the_peak_is_drawn_at_once(explore, curve, field, text):
    page = explore(f"c={curve}&updates=400")
    page.evaluate(SILENT)
    page.get_by_role("textbox", name=field).fill(text)
    page.keyboard.press("Enter")
    page.wait_for_function(f"{FOLLOWER}.computed && {FOLLOWER}.computed[0] !== {FOLLOWER}.columns[0]")
    own = {"own_formula": "formula", "combined": "segments"}[curve]
    expected = CATALOGUE[curve].rates(400, **{own: text})
    np.testing.assert_allclose(page.evaluate(f"Array.from({FOLLOWER}.computed[0].y)"), expected, rtol=1e-9, atol=1e-15)


@pytest.fixture
def editor(explore):
    """The Combine tool under a combination of two parts, whose text is the default."""
    page = explore("c=combined&updates=400")
    page.get_by_role("radio", name="Combine").or_(page.get_by_role("button", name="Combine", exact=True)).first.click()
    page.get_by_role("button", name="Add a part").wait_for()
    page.wait_for_function(f"{FOLLOWER}.live?.outcomes")
    page.wait_for_selector(IDLE)
    return page


def part_menu(page, number):
    page.locator(f"[class*='st-key-explore-combine-'][class$='-{number}-row'], [class*='-{number}-row ']").get_by_role(
        "button", name="More"
    ).click()


def share(page):
    field = page.get_by_role("spinbutton", name="Share, %").first
    field.fill("60")
    page.keyboard.press("Enter")


def swap(page):
    field = page.get_by_role("combobox", name="Part 2")
    field.evaluate("node => node.scrollIntoView({ block: 'center' })")  # or its list closes as the page scrolls
    field.click()
    field.fill("REX")
    page.get_by_role("option", name="REX", exact=True).click()


def own_formula(page):
    """Make a formula of the first part, and let the server have all but its text."""
    page.evaluate("() => { WebSocket.prototype.send = sends }")
    field = page.get_by_role("combobox", name="Part 1")
    field.evaluate("node => node.scrollIntoView({ block: 'center' })")
    field.fill("Your formula")
    page.get_by_role("option", name="Your formula", exact=True).click()
    page.wait_for_function(f"{FOLLOWER}.live.curves['0'].text.includes('own_formula')")
    page.wait_for_selector(IDLE)
    part_menu(page, 0)
    page.get_by_role("textbox", name="Formula").fill("p ** 2")
    page.evaluate(SILENT)
    page.keyboard.press("Enter")


def move(page):
    part_menu(page, 1)
    page.get_by_role("button", name="Move earlier").last.click()


def remove(page):
    part_menu(page, 0)
    page.get_by_role("button", name="Remove this part").first.click()


@pytest.mark.parametrize(
    ("use", "segments"),
    [
        (lambda page: page.get_by_role("button", name="Add a part").click(),
         "0.2 linear_warmup warmup:1 then 0.4667 cosine then 0.3333 constant"),
        (lambda page: page.get_by_text("Multiplied", exact=True).click(), "linear_warmup warmup:1 times cosine"),
        (share, "0.6 linear_warmup warmup:1 then 0.4 cosine"),
        (swap, "0.3 linear_warmup warmup:1 then 0.7 rex"),
        (move, "0.7 cosine then 0.3 linear_warmup warmup:1"),
        (remove, "1 cosine"),
        (own_formula, "0.3 own_formula formula:(p ** 2) then 0.7 cosine"),
    ],
    ids=["add", "multiply", "share", "swap", "move", "remove", "formula"],
)  # fmt: skip
def test_a_combination_is_edited_at_once_and_the_server_agrees(editor, use, segments):
    editor.evaluate(SILENT)
    use(editor)
    editor.wait_for_function(f"{FOLLOWER}.computed")
    expected = CATALOGUE["combined"].rates(400, segments=segments)
    np.testing.assert_allclose(editor.evaluate(f"Array.from({FOLLOWER}.computed[0].y)"), expected, rtol=1e-3, atol=1e-5)


def test_the_servers_answer_takes_the_place_of_an_edited_combination(editor):
    share(editor)
    editor.wait_for_function(f"{FOLLOWER}.live.curves['0'].text.startsWith('0.6 linear_warmup')")
    editor.wait_for_function(f"{FOLLOWER}.computed === null && Object.keys({FOLLOWER}.chosen).length === 0")


def test_keys_that_follow_each_other_fast_all_count(editor):
    editor.get_by_role("spinbutton", name="Share, %").first.focus()
    for _ in range(6):
        editor.keyboard.press("ArrowUp")
    editor.wait_for_function(f"{FOLLOWER}.live.curves['0'].text.startsWith('0.6 linear_warmup')")
    editor.wait_for_url(lambda url: "0.6" in url)
    editor.wait_for_selector(IDLE)
    shares = editor.get_by_role("spinbutton", name="Share, %")
    assert [shares.nth(part).input_value() for part in range(2)] == ["60", "40"]
    parts = editor.get_by_role("textbox", name="Parts", exact=True)
    assert parts.input_value() == "0.6 linear_warmup warmup:1 then 0.4 cosine"


def test_two_shares_typed_one_after_the_other_both_count(editor):
    editor.get_by_role("button", name="Add a part").click()
    editor.wait_for_function(f"{FOLLOWER}.live.curves['0'].text.endsWith('constant')")
    editor.wait_for_selector(IDLE)
    editor.evaluate(HELD)
    for place, share in enumerate(("50", "10")):
        editor.get_by_role("spinbutton", name="Share, %").nth(place).fill(share)
        editor.keyboard.press("Enter")
    editor.evaluate(RELEASED)  # the second says with it what the others showed before the first was answered
    editor.wait_for_function(f"{FOLLOWER}.live.curves['0'].text.includes('then 0.1 cosine')")
    first = editor.evaluate(f"Number({FOLLOWER}.live.curves['0'].text.split(' ')[0])")
    assert first == pytest.approx(0.9 * 0.5 / (0.5 + 0.5 * 0.3333 / 0.8), abs=1e-3)  # what 50 % leaves, in proportion


def test_a_slider_of_a_part_moves_the_combination(editor):
    part_menu(editor, 0)
    slider = editor.get_by_role("slider", name="Warm-up", exact=True).first
    slider.wait_for()
    editor.wait_for_selector(IDLE)
    editor.evaluate(SILENT)
    slider.focus()
    editor.keyboard.press("PageDown")
    editor.wait_for_function(f"{FOLLOWER}.computed")
    text = slider.get_attribute("aria-valuetext")
    warmup = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    assert warmup < 1
    expected = CATALOGUE["combined"].rates(400, segments=f"0.3 linear_warmup warmup:{warmup} then 0.7 cosine")
    np.testing.assert_allclose(
        editor.evaluate(f"Array.from({FOLLOWER}.computed[0].y)"), expected, rtol=1e-9, atol=1e-15
    )


def test_a_key_that_chooses_nothing_and_a_right_click_change_nothing(explore):
    page = explore("c=rex")
    page.evaluate(REACTED)
    page.get_by_text("Logarithmic", exact=True).focus()
    page.get_by_role("radio", name="Logarithmic").or_(page.get_by_role("button", name="Logarithmic")).first.focus()
    for key in ("n", "t", "E"):
        page.keyboard.press(key)
    assert page.evaluate(f"{PLOT}._fullLayout.yaxis.type") == "linear"
    page.get_by_role("combobox", name="Add a curve").fill("Cosine decay")
    option = page.get_by_role("option", name="Cosine decay", exact=True)
    option.evaluate("node => node.dispatchEvent(new PointerEvent('pointerup', { bubbles: true, button: 2 }))")
    assert page.evaluate(NAMES) == ["REX"]
    assert page.evaluate("reacted") == 0


def test_a_choice_that_is_taken_back_at_once_is_taken_back_in_the_chart(explore):
    page = explore("c=rex&c=cosine")
    open_menu(page)
    page.get_by_text("Show in the chart").dblclick()
    page.wait_for_function(f"{FOLLOWER}.live && {NAMES}.join() === 'REX,Cosine decay'")
    assert "hidden" not in page.url


def test_a_slider_draws_nothing_that_its_schedule_refuses(explore):
    page = explore("c=infinite")
    page.evaluate(SILENT)
    slider = page.get_by_role("slider", name="Peak", exact=True)
    slider.focus()
    for _ in range(40):
        page.keyboard.press("PageDown")
    page.wait_for_function(f"Object.keys({FOLLOWER}.moved['0'] ?? {{}}).length === 1")
    peak = float(slider.get_attribute("aria-valuetext"))
    assert peak < 1e-6
    page.wait_for_function(f"{FOLLOWER}.computed")
    _, before = rates(page, 0)
    np.testing.assert_array_equal(page.evaluate(f"Array.from({FOLLOWER}.columns[0].y)"), before)
    assert page.evaluate(f"{FOLLOWER}.computed[0] === {FOLLOWER}.columns[0]")


def test_another_widget_soon_after_a_choice_loses_nothing(explore):
    page = explore("c=rex&c=cosine")
    for title, name in (("Knee", "knee"), ("REX", "rex"), ("Cosine decay", "cosine"), ("Knee", "knee")):
        box = page.get_by_role("combobox", name="Schedule of curve 1")
        box.fill(title)
        page.get_by_role("option", name=title, exact=True).click()
        page.get_by_text("Theory", exact=True).click()
        page.get_by_text("Facts", exact=True).click()
        page.wait_for_url(lambda url, name=name: f"c={name}&c=cosine" in url)
        page.wait_for_selector(IDLE)
        shown = page.evaluate(f"{FOLLOWER}.live.curves['0'].title")
        assert shown.startswith(title[:4])
        assert box.input_value().startswith(title[:4])
