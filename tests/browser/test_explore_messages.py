"""What a change on Explore makes the server send, counted in its messages: how quick the page is depends on them."""

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

pytestmark = pytest.mark.browser

CURVES = "c=one_cycle,peak=0.1&c=cosine&c=step&updates=2000"
PLOT = "document.querySelector('.live-chart-plot')"
CHART = "ratescopeCharts.get('explore.chart').chart"
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"][data-test-connection-state="CONNECTED"]'


@pytest.fixture
def received():
    """The websocket frames that the page has got."""
    return []


@pytest.fixture
def board(page, address, received):
    def keep(payload):
        received.append(payload)

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    page.goto(f"{address}explore?{CURVES}")
    page.wait_for_function(f"{PLOT}?._fullLayout?.yaxis?.type === 'linear' && document.querySelector('.dial-range')")
    page.wait_for_selector(IDLE)
    page.evaluate(f"() => Plotly.relayout({PLOT}, {{'xaxis.range': [100, 900]}})")
    received.clear()
    return page


def elements(page, received):
    """Wait for the end of the run and return the kinds of elements that it sent, components by their names."""
    page.wait_for_selector(IDLE)
    messages = [ForwardMsg.FromString(payload) for payload in received if len(payload)]
    assert any(message.WhichOneof("type") == "script_finished" for message in messages)
    sent = [message.delta.new_element for message in messages if message.delta.HasField("new_element")]
    return [element.bidi_component.component_name or element.WhichOneof("type") for element in sent]


def test_another_axis_draws_the_chart_and_its_row_alone(board, received):
    board.get_by_role("radio", name="Logarithmic").or_(board.get_by_role("button", name="Logarithmic")).first.click()
    board.wait_for_function(f"{PLOT}._fullLayout.yaxis.type === 'log' && {CHART}.data.revision !== null")
    sent = elements(board, received)
    assert sent == [
        "button_group",
        "button_group",
        "ratescope_live_chart",
        "button",
        "download_button",
        "download_button",
    ]
    assert sum(map(len, received)) < 127_000
    assert board.evaluate(f"{PLOT}._fullLayout.xaxis.range") == [100, 900]


def test_a_number_sends_the_open_card_then_the_chart_then_the_rest(board, received):
    field = board.get_by_role("textbox", name="Peak, exactly").first
    field.fill("0.2")
    field.press("Enter")
    board.wait_for_function("Math.max(...ratescopeCharts.get('explore.chart').columns[0].y) > 0.19")
    sent = elements(board, received)
    chart = sent.index("ratescope_live_chart")
    assert sent.count("ratescope_controls") == 1  # of three curves, one card is open
    assert sent.index("ratescope_controls") < chart < min(sent.index("number_input"), sent.index("table"))
    assert chart <= 8
    assert len(sent) <= 20
    assert len(received) <= 45
    assert sum(map(len, received)) < 150_000
    assert board.evaluate(f"{PLOT}._fullLayout.xaxis.range") == [100, 900]


def test_a_curve_that_gets_another_schedule_keeps_its_card_as_it_was(board, received):
    card = board.locator("[class*='st-key-explore-'][class*='-card']").first
    card.get_by_role("combobox").first.click()
    board.get_by_role("option", name="Constant", exact=True).click()
    board.wait_for_selector("summary:has-text('Constant')")
    board.wait_for_selector(IDLE)
    opened = "[...document.querySelectorAll('[class*=-card] details')].map(card => card.open)"
    assert board.evaluate(opened) == [True, False, False]
    board.locator("summary").nth(1).click()
    board.wait_for_function("document.querySelectorAll('.dial-range').length > 1")
    assert board.evaluate(opened) == [True, True, False]


@pytest.mark.parametrize("how", ["pointer", "key"])
def test_a_logarithmic_axis_is_drawn_before_the_server_answers_and_keeps_the_zoom(board, how):
    # What the page sends is kept back, so that nothing that is seen here comes from the server.
    board.evaluate("() => { WebSocket.prototype.send = () => {} }")
    choice = board.get_by_role("radio", name="Logarithmic").or_(board.get_by_role("button", name="Logarithmic")).first
    if how == "pointer":
        choice.click()
    else:
        choice.focus()
        board.keyboard.press("Space")
    board.wait_for_function(f"{PLOT}._fullLayout.yaxis.type === 'log'")
    assert board.evaluate(f"[...{PLOT}._fullLayout.xaxis.range]") == [100, 900]
