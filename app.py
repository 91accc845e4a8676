"""The web app: page config and navigation; nothing else."""

import streamlit as st

from ui.frame import pages

st.set_page_config(page_title="Ratescope", page_icon="ui/icon.png", layout="wide")
st.navigation(pages(), position="top").run()
