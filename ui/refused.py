"""How every page shows that something was refused: the core's own sentence, with nothing in it taken as markup."""

import streamlit as st

from ui.controls import plain


def refused(refusal: Exception | str) -> None:
    """Show the sentence of a refusal."""
    st.error(plain(str(refusal)), icon=":material/block:")
