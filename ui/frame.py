"""The frame around every page: which pages there are, and the cookie that tells browsers apart."""

from pathlib import Path

import streamlit as st

from ui.session import COOKIE, owner
from words import say

PAGES = Path(__file__).parent / "pages"

# A component that only sets the cookie: Streamlit reads cookies but cannot write one.
KEEP_COOKIE = """
export default function ({ data }) {
  const secure = location.protocol === 'https:' ? '; Secure' : '';
  document.cookie = `${data.name}=${data.token}; Path=/; Max-Age=31536000; SameSite=Strict${secure}`;
}
"""


# Streamlit leaves a third of a small screen empty above the title.
STYLE = "<style>.stMainBlockContainer { padding-top: 4.5rem; padding-bottom: 4rem }</style>"


def pages() -> list[st.Page]:
    """Return the pages in the order of the navigation; a newcomer lands on Find."""
    owner()
    st.html(STYLE)
    if token := st.session_state.get("owner_token"):
        st.components.v2.component("keep_cookie", js=KEEP_COOKIE, html="<span></span>")(
            data={"name": COOKIE, "token": token}, key="keep_cookie", height=1
        )
    return [
        st.Page(PAGES / "explore.py", title=say("Explore"), icon=":material/show_chart:"),
        st.Page(PAGES / "data.py", title=say("Data"), icon=":material/table:"),
        st.Page(PAGES / "find.py", title=say("Find"), icon=":material/search:", default=True),
        st.Page(PAGES / "train.py", title=say("Train"), icon=":material/model_training:"),
        st.Page(PAGES / "runs.py", title=say("Runs"), icon=":material/history:"),
    ]
