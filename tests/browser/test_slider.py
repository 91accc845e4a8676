"""Sliders that a live chart follows, in a real browser: by pointer and by keyboard, without the server."""

import math

import pytest

pytestmark = pytest.mark.browser

APP = "tests/browser/apps/slider.py"
HELD_KEYS = 25
NOW = "ratescopeCharts.get('chart').now[0].y"
SERVER = "ratescopeCharts.get('chart').columns[0].y"
LINE = "document.querySelector('.scatterlayer .js-line').getAttribute('d')"
RANGE = "document.querySelector('.live-chart-plot')._fullLayout.yaxis.range"
WATCH = f"""() => {{
    window.frames_seen = 0
    window.lines_seen = 0
    let before = {LINE}
    const look = () => {{
        window.frames_seen += 1
        const line = {LINE}
        if (line !== before) window.lines_seen += 1
        before = line
        requestAnimationFrame(look)
    }}
    requestAnimationFrame(look)
}}"""


@pytest.fixture
def sent():
    """The websocket frames that the page has sent."""
    return []


@pytest.fixture
def app(page, serve, sent):
    def keep(payload):
        sent.append(payload)

    page.on("websocket", lambda socket: socket.on("framesent", keep))
    page.goto(serve(APP))
    ready(page)
    page.evaluate(WATCH)
    return page


def ready(page):
    page.wait_for_selector(
        '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'
    )
    page.wait_for_function(
        "window.ratescopeCharts?.get('chart')?.columns?.length && document.querySelector('.js-line')"
    )


def slider(page, name):
    return page.get_by_role("slider", name=name, exact=True).first


def field(page, name):
    return page.get_by_role("textbox", name=f"{name}, exactly").first


def grab(page, name):
    """Press the pointer on a slider's thumb; returns a function that moves it to a share of the slider."""
    box = slider(page, name).bounding_box()
    share = slider(page, name).evaluate("node => node.value / node.max")
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 8 + (box["width"] - 16) * share, middle)
    page.mouse.down()
    return lambda to: page.mouse.move(box["x"] + box["width"] * to, middle)


def answered(page, value):
    """Wait until the server has this parameter: it writes all of them under the chart."""
    page.get_by_text(value, exact=False).wait_for()
    page.wait_for_function("Object.keys(ratescopeCharts.get('chart').moved['0'] ?? {}).length === 0")


def settles_without_a_jump(page, value):
    drawn, axis = page.evaluate(f"[Array.from({NOW}), [...{RANGE}]]")
    page.mouse.up()
    answered(page, value)
    assert page.evaluate(f"Array.from({SERVER})") == pytest.approx(drawn, rel=1e-6, abs=1e-9)
    assert page.evaluate(f"[...{RANGE}]") == pytest.approx(axis)


def test_the_curve_follows_the_pointer_without_a_message_and_settles_without_a_jump(app, sent):
    move = grab(app, "Warm-up")
    quiet, lines = len(sent), app.evaluate("lines_seen")
    for step in range(40):
        move(0.5 + 0.3 * math.sin(step / 6))
    move(0.7)
    app.wait_for_function(f"{NOW} !== {SERVER}")
    assert len(sent) == quiet
    assert app.evaluate("lines_seen") - lines > 5
    assert app.evaluate("frames_seen") > 20
    assert field(app, "Warm-up").input_value() == slider(app, "Warm-up").get_attribute("aria-valuetext")
    warmup = int(field(app, "Warm-up").input_value().removesuffix(" %")) / 100
    peak = app.evaluate(f"{NOW}.indexOf(Math.max(...{NOW}))")
    assert peak == pytest.approx(2000 * warmup, abs=1)
    settles_without_a_jump(app, f"warmup={warmup}")
    assert len(sent) == quiet + 1


def test_an_axis_that_the_curve_leaves_during_the_drag_changes_then_and_not_after(app, sent):
    move = grab(app, "Peak")
    quiet = len(sent)
    for share in (0.75, 0.8, 0.85, 0.9):
        move(share)
    app.wait_for_function(f"{RANGE}[1] > 0.2 && Math.max(...{NOW}) <= {RANGE}[1]")
    assert len(sent) == quiet
    peak = float(field(app, "Peak").input_value())
    app.wait_for_function(f"Math.max(...{NOW}) === {peak}")
    settles_without_a_jump(app, f"peak={peak}")


def test_the_same_by_keyboard(app, sent):
    slider(app, "Warm-up").focus()
    quiet = len(sent)
    app.keyboard.down("ArrowRight")
    for _ in range(HELD_KEYS):
        app.keyboard.down("ArrowRight")  # a held key repeats
    app.wait_for_function(f"{NOW} !== {SERVER}")
    messages = len(sent) - quiet
    app.keyboard.up("ArrowRight")
    answered(app, "warmup=0.51")
    assert slider(app, "Warm-up").get_attribute("aria-valuetext") == "51 %"
    assert app.evaluate("document.activeElement.type") == "range"
    assert messages == 0
    assert app.evaluate(f"{NOW} === {SERVER}")


def test_choices_and_logarithmic_axes_are_followed_too(app):
    app.get_by_text("Logarithmic").click()
    app.wait_for_function("document.querySelector('.live-chart-plot')._fullLayout.yaxis.type === 'log'")
    lowest = app.evaluate(f"{RANGE}[0]")
    assert -7 < lowest < -6  # the rates end at 1e-6
    marks = app.evaluate(
        "[...document.querySelectorAll('.yaxislayer-above .ytick text')].map((mark) => mark.textContent)"
    )
    assert {"1e-5", "1e-3", "1e-2", "0.1"} <= set(marks)
    move = grab(app, "First divisor")
    move(0.9)
    app.wait_for_function(f"{NOW} !== {SERVER}")
    first = float(field(app, "First divisor").input_value())
    app.wait_for_function(f"Math.abs({NOW}[0] * {first} / 0.1 - 1) < 1e-9")
    settles_without_a_jump(app, f"div={first}")


def test_a_slider_says_what_it_is_in_words(app):
    peak = slider(app, "Peak")
    assert peak.get_attribute("aria-valuetext") == "0.1"
    peak.focus()
    app.keyboard.press("PageDown")
    app.keyboard.press("ArrowLeft")
    assert peak.get_attribute("aria-valuetext") == field(app, "Peak").input_value() != "0.1"
    about = app.get_by_role("button", name="About Peak", exact=True)
    about.focus()
    app.get_by_role("tooltip", name="").filter(has_text="The highest learning rate of the run.").first.wait_for()


def test_a_refused_number_keeps_the_curve_and_is_said_beside_its_field(app):
    before = app.evaluate(f"Array.from({SERVER})")
    field(app, "Peak").fill("99")
    field(app, "Peak").press("Enter")
    said = app.get_by_role("alert").filter(has_text="1cycle (fastai): peak (learning rate) must be 0 to 10, got 99.")
    said.wait_for()
    assert field(app, "Peak").get_attribute("aria-invalid") == "true"
    assert app.evaluate(f"Array.from({SERVER})") == before
    field(app, "Peak").fill("0.05")
    field(app, "Peak").press("Enter")
    answered(app, "peak=0.05")
    said.wait_for(state="detached")
    assert slider(app, "Peak").get_attribute("aria-valuetext") == "5e-2"


def test_a_zoom_survives_a_drag(app):
    app.evaluate("() => Plotly.relayout(document.querySelector('.live-chart-plot'), {'xaxis.range': [100, 900]})")
    move = grab(app, "Warm-up")
    move(0.4)
    app.wait_for_function(f"{NOW} !== {SERVER}")
    warmup = int(field(app, "Warm-up").input_value().removesuffix(" %")) / 100
    settles_without_a_jump(app, f"warmup={warmup}")
    assert app.evaluate("document.querySelector('.live-chart-plot').layout.xaxis.range") == [100, 900]


def test_a_typed_number_is_drawn_before_the_server_answers_and_taken_back_where_it_is_refused(app):
    # What the page sends is kept back, so that nothing that is seen here comes from the server.
    app.evaluate(
        """() => {
            const send = WebSocket.prototype.send
            window.kept = []
            WebSocket.prototype.send = function (data) { window.kept.push([this, data]) }
            window.release = () => {
                WebSocket.prototype.send = send
                for (const [socket, data] of window.kept) socket.send(data)
            }
        }"""
    )
    before = app.evaluate(f"Math.max(...{SERVER})")
    peak = field(app, "Peak")
    peak.fill("0.05")
    peak.press("Enter")
    app.wait_for_function(f"Math.abs(Math.max(...{NOW}) - 0.05) < 1e-6")
    assert app.evaluate(f"Math.max(...{SERVER})") == before
    app.evaluate("release()")
    app.wait_for_function(f"Math.abs(Math.max(...{SERVER}) - 0.05) < 1e-6")
    peak.fill("1000")
    peak.press("Enter")
    app.get_by_role("alert").filter(has_text="must be").wait_for()
    assert app.evaluate(f"Math.max(...{NOW})") == pytest.approx(0.05, rel=1e-6)
