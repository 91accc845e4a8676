"""The drawing board in a real browser: points by pointer and by keyboard, the curve that follows, and a reload."""

import re
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CHART = "window.ratescopeCharts.get('explore.chart')?.columns?.[0].y"


@pytest.fixture
def board(page, serve, home):
    page.goto(f"{serve('app.py', {'RATESCOPE_HOME': str(home)})}explore?c=drawn,points=0:0 0.5:1 1:0,between=linear")
    page.get_by_text("Draw", exact=True).click()
    page.get_by_role("slider", name="Point 2 of 3").wait_for()
    drawn(page, 1, 0.5)
    return page


def point(page, number, count=3):
    return page.get_by_role("slider", name=f"Point {number} of {count}")


def drawn(page, peak, share):
    """Wait until the page's chart shows the server's curve: its highest rate (of 0.1) and where that is (of 1000)."""
    page.wait_for_function(
        f"""([peak, at]) => {{
            const rates = Array.from(window.ratescopeCharts ? {CHART} ?? [] : [])
            const top = Math.max(...rates)
            return Math.abs(top / 0.1 - peak) < 0.02 && Math.abs(rates.indexOf(top) / rates.length - at) < 0.02
        }}""",
        arg=[peak, share],
    )


def in_link(page):
    """Return the points that the address bar holds."""
    (curve,) = parse_qs(urlparse(page.url).query)["c"]
    points = re.search(r"points=([^,]*)", curve)[1]
    return [tuple(float(number) for number in pair.split(":")) for pair in points.split(" ")]


def test_a_point_is_dragged_and_its_curve_is_kept(board):
    box, frame = point(board, 2).bounding_box(), board.locator(".drawing-board svg").bounding_box()
    curve = board.locator(".drawing-board .curve")
    before = curve.get_attribute("d")
    board.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    board.mouse.down()
    board.mouse.move(frame["x"] + 0.3 * frame["width"], frame["y"] + 0.4 * frame["height"], steps=6)
    expect(curve).not_to_have_attribute("d", before)
    assert in_link(board)[1] == (0.5, 1)  # while it is dragged, the board alone draws
    board.mouse.up()
    said = point(board, 2).get_attribute("aria-valuetext")
    share, height = (float(number) / 100 for number in re.findall(r"[\d.]+(?= %)", said))
    # Where the pointer is, between the axes: 46 and 14 pixels at the sides, 10 above and 40 below.
    assert share == pytest.approx((0.3 * frame["width"] - 46) / (frame["width"] - 60), abs=0.01)
    assert height == pytest.approx((0.6 * frame["height"] - 40) / (frame["height"] - 50), abs=0.02)
    drawn(board, height, share)
    board.wait_for_url(lambda url: "0.5:1" not in url)
    assert in_link(board)[1] == pytest.approx((share, height), abs=1e-3)


def test_a_point_is_moved_by_keyboard_and_survives_a_reload(board):
    point(board, 2).focus()
    for _ in range(10):
        board.keyboard.press("ArrowRight")
    for key in ("PageDown", "PageDown", "ArrowDown"):
        board.keyboard.press(key)
    assert point(board, 2).get_attribute("aria-valuetext") == "60 % of the run, 79 % of the peak"
    drawn(board, 0.79, 0.6)
    board.wait_for_url(re.compile(r"0\.6:0\.79|0\.6%3A0\.79"))
    board.reload()
    drawn(board, 0.79, 0.6)
    board.get_by_text("Draw", exact=True).click()
    assert point(board, 2).get_attribute("aria-valuetext") == "60 % of the run, 79 % of the peak"
    assert in_link(board) == [(0, 0), (0.6, 0.79), (1, 0)]


def test_a_point_is_added_and_removed(board):
    board.get_by_role("button", name="Add a point").click()
    board.get_by_role("slider", name="Point 2 of 4").wait_for()
    board.wait_for_url(lambda url: len(parse_qs(urlparse(url).query)["c"][0].split(" ")) == 4)
    board.keyboard.press("Delete")
    point(board, 2).wait_for()
    board.wait_for_url(lambda url: len(parse_qs(urlparse(url).query)["c"][0].split(" ")) == 3)


def test_a_point_is_put_where_its_fields_say_and_not_where_it_may_not_be(board):
    point(board, 2).focus()
    across, up = board.get_by_role("spinbutton", name="Run, %"), board.get_by_role("spinbutton", name="Peak, %")
    assert (across.input_value(), up.input_value()) == ("50", "100")
    board.get_by_role("group", name="Point 2 of 3").wait_for()
    across.fill("62.5")
    across.press("Enter")
    up.fill("40")
    up.press("Enter")
    drawn(board, 0.4, 0.625)
    board.wait_for_url(re.compile(r"0\.625(:|%3A)0\.4"))
    up.fill("140")
    up.press("Enter")
    assert "100" in up.evaluate("node => node.validationMessage")
    assert up.input_value() == "140"  # not repaired
    drawn(board, 0.4, 0.625)
    point(board, 1).focus()
    board.get_by_role("group", name="Point 1 of 3").wait_for()
    assert across.input_value() == "0"
    assert float(across.get_attribute("max")) == 62.4  # the next point's place, and a tenth of a percent


def test_a_number_left_by_choosing_another_point_is_for_the_point_that_it_was_typed_for(board):
    board.get_by_role("button", name="Add a point").click()
    point(board, 2, 4).focus()
    before = [handle.get_attribute("aria-valuetext") for handle in board.get_by_role("slider", name="Point").all()]
    field = board.get_by_role("spinbutton", name="Peak, %")
    field.fill("30")
    box = point(board, 3, 4).bounding_box()
    board.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    board.mouse.down()
    board.mouse.up()
    board.get_by_role("group", name="Point 3 of 4").wait_for()
    after = [handle.get_attribute("aria-valuetext") for handle in board.get_by_role("slider", name="Point").all()]
    assert after[1].endswith(" 30 % of the peak")
    assert [text for place, text in enumerate(after) if place != 1] == [
        text for place, text in enumerate(before) if place != 1
    ]


def test_a_field_shows_what_holds_once_it_is_left(board):
    point(board, 2).focus()
    field = board.get_by_role("spinbutton", name="Peak, %")
    field.fill("")
    field.press("Tab")
    assert field.input_value() == "100"


def test_points_that_lie_closer_than_the_board_puts_them_can_be_moved(page, serve, home):
    page.goto(f"{serve('app.py', {'RATESCOPE_HOME': str(home)})}explore?c=drawn,points=0:0 0.0005:1 1:0,between=linear")
    page.get_by_text("Draw", exact=True).click()
    point(page, 1).focus()
    page.keyboard.press("ArrowUp")
    assert point(page, 1).get_attribute("aria-valuetext") == "0 % of the run, 1 % of the peak"
    page.wait_for_url(re.compile(r"0(:|%3A)0\.01"))
    assert not page.get_by_text("must be").count()
