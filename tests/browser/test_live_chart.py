"""The live chart in a real browser: what must survive an update, and playback."""

import re

import pytest

pytestmark = pytest.mark.browser

APP = "tests/browser/apps/live_chart.py"
GROWING, PLAYED = 0, 1
READY_BOTH = "() => [...document.querySelectorAll('.live-chart-plot')].filter((g) => g.data).length === 2"


@pytest.fixture
def app(page, serve):
    page.goto(serve(APP))
    page.wait_for_function(READY_BOTH)
    return page


def plot(page, which, expression):
    """The value of a JavaScript expression in `gd`, the Plotly node of one of the two charts."""
    return page.evaluate(
        f"() => {{ const gd = document.querySelectorAll('.live-chart-plot')[{which}]; return {expression} }}"
    )


def until(page, which, expression):
    page.wait_for_function(
        f"() => {{ const gd = document.querySelectorAll('.live-chart-plot')[{which}]; return {expression} }}"
    )


def zoom(page, which, low, high):
    """Zoom as a user does: Plotly.relayout from a drag and this one take the same way."""
    page.evaluate(
        f"""([low, high]) => Plotly.relayout(document.querySelectorAll('.live-chart-plot')[{which}],
        {{'xaxis.range[0]': low, 'xaxis.range[1]': high}})""",
        [low, high],
    )


def test_a_drag_zooms_and_the_zoom_survives_an_update_from_the_server(app):
    box = app.locator(".live-chart-plot").nth(GROWING).locator(".nsewdrag").first.bounding_box()
    y = box["y"] + box["height"] / 2
    app.mouse.move(box["x"] + box["width"] * 0.25, y)
    app.mouse.down()
    app.mouse.move(box["x"] + box["width"] * 0.75, y, steps=5)
    app.mouse.up()
    until(app, GROWING, "gd.layout.xaxis.range && gd.layout.xaxis.range[0] > 5")
    chosen = plot(app, GROWING, "gd.layout.xaxis.range")
    app.get_by_role("button", name="Grow").click()
    until(app, GROWING, "gd._fullData[0]._length === 60")
    assert plot(app, GROWING, "gd.layout.xaxis.range") == pytest.approx(chosen)
    app.get_by_role("button", name="Reset zoom").first.click(force=True)
    until(app, GROWING, "gd._fullLayout.xaxis.range[1] > 58")


def test_a_trace_hidden_by_its_legend_entry_stays_hidden_after_an_update(app):
    app.locator(".live-chart-plot").nth(GROWING).locator(".legendtoggle").nth(1).click()
    until(app, GROWING, "gd._fullData[1].visible === 'legendonly'")
    app.get_by_role("button", name="Grow").click()
    until(app, GROWING, "gd._fullData[0]._length === 60")
    assert plot(app, GROWING, "gd._fullData[1].visible") == "legendonly"


def test_a_chart_that_is_put_up_anew_at_once_keeps_its_zoom(app):
    zoom(app, GROWING, 10, 30)
    app.get_by_text("Up", exact=True).click()
    app.wait_for_function("document.querySelectorAll('.live-chart-plot').length === 1")
    app.get_by_text("Up", exact=True).click()
    app.wait_for_function(READY_BOTH)
    until(app, GROWING, "gd._fullLayout?.xaxis?.range?.join() === '10,30'")


def test_no_layout_jump_and_a_label_for_screen_readers(app):
    charts = app.locator(".live-chart")
    assert charts.nth(GROWING).bounding_box()["height"] == pytest.approx(320)
    assert charts.nth(PLAYED).bounding_box()["height"] == pytest.approx(320 + 44)
    assert app.get_by_role("img", name="A growing curve").count() == 1
    assert app.evaluate("() => document.querySelectorAll('script[src*=plotly-]').length") == 1


def test_scrubbing_shows_the_points_up_to_the_update_and_keeps_the_ranges(app):
    ranges = "[gd._fullLayout.xaxis.range, gd._fullLayout.yaxis.range].flat()"
    whole = plot(app, PLAYED, ranges)
    slider = app.get_by_role("slider", name="Position in the run")
    slider.fill("100")
    until(app, PLAYED, "gd._fullData[0]._length === 26")  # updates 0, 4, ..., 100
    assert plot(app, PLAYED, "gd._fullData[1]._length") == 26
    assert plot(app, PLAYED, "gd.data[2].x[0]") is None  # the mark waits for the end
    assert plot(app, PLAYED, ranges) == pytest.approx(whole)
    assert slider.get_attribute("aria-valuetext") == "update 100 of 396"
    slider.press("ArrowLeft")
    until(app, PLAYED, "gd._fullData[0]._length === 25")
    slider.press("End")
    until(app, PLAYED, "gd._fullData[0]._length === 100")
    assert plot(app, PLAYED, "gd._fullData[2]._length") == 1
    assert plot(app, PLAYED, ranges) == pytest.approx(whole)


def test_a_zoom_chosen_before_or_during_playback_stays(app):
    zoom(app, PLAYED, 20, 80)
    slider = app.get_by_role("slider", name="Position in the run")
    slider.fill("40")
    until(app, PLAYED, "gd._fullData[0]._length === 11")
    assert plot(app, PLAYED, "gd.layout.xaxis.range") == [20, 80]
    zoom(app, PLAYED, 10, 50)
    slider.press("End")
    until(app, PLAYED, "gd._fullData[0]._length === 100")
    assert plot(app, PLAYED, "gd.layout.xaxis.range") == [10, 50]


def test_play_runs_to_the_end_and_pause_holds(app):
    app.get_by_role("combobox", name="Speed").select_option("2")
    app.get_by_role("button", name="Play", exact=True).click()
    until(app, PLAYED, "gd._fullData[0]._length > 10 && gd._fullData[0]._length < 90")
    app.get_by_role("button", name="Pause").click()
    text = app.locator(".live-chart-shown").inner_text()
    assert re.fullmatch(r"update \d+ of 396", text)
    app.get_by_role("combobox", name="Speed").select_option("10")
    app.get_by_role("button", name="Play", exact=True).click()
    until(app, PLAYED, "gd._fullData[0]._length === 100 && gd._fullData[2]._length === 1")
    app.get_by_role("button", name="Play", exact=True).wait_for()
    assert app.locator(".live-chart-shown").inner_text() == "update 396 of 396"


def test_the_theme_is_followed_at_once_while_the_page_is_open(app):
    light = plot(app, GROWING, "gd._fullLayout.font.color")
    app.emulate_media(color_scheme="dark")
    until(app, GROWING, f"gd._fullLayout.font.color !== '{light}'")
    dark = plot(app, GROWING, "gd._fullLayout.font.color")
    assert sum(map(int, re.findall(r"\d+", dark)[:3])) > 600 > sum(map(int, re.findall(r"\d+", light)[:3]))


@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_chart_is_saved_as_a_picture(app, form):
    with app.expect_download() as saved:
        app.get_by_role("button", name=f"Save as {form.upper()}").first.click(force=True)
    assert saved.value.suggested_filename == f"growing.{form}"
    start = saved.value.path().read_bytes()[:8]
    assert start.startswith(b"\x89PNG" if form == "png" else b"<svg")


def test_it_works_behind_a_base_path(page, serve):
    outside = []
    page.on("request", lambda request: outside.append(request.url) if "127.0.0.1" not in request.url else None)
    page.goto(serve(APP, base="class/room"))
    page.wait_for_function(READY_BOTH)
    assert [url for url in outside if not url.startswith(("data:", "blob:"))] == []
