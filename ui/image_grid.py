"""A grid of images with their labels."""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

SMALL = 64  # pixels a side; smaller images are shown with their pixels visible

STYLE = """<style>
.image-grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(76px, 1fr)); gap: 10px 8px; }
.image-grid figure { margin: 0; min-width: 0; }
.image-grid img { display: block; width: 100%; border-radius: 5px; outline: 1px solid rgba(128, 128, 128, 0.35);
  outline-offset: -1px; }
.image-grid.small img { image-rendering: pixelated; }
.image-grid figcaption { font-size: 13px; line-height: 1.3; margin-top: 3px; opacity: 0.8; overflow: hidden;
  overflow-wrap: anywhere; text-align: center; display: -webkit-box; -webkit-box-orient: vertical;
  -webkit-line-clamp: 2; }
</style>"""


def grid(pictures: NDArray[np.uint8], labels: Sequence[str], names: Sequence[str]) -> None:
    """Show pictures, uint8 (n, h, w, 1 or 3), each above its label; the tooltip also names its file. Grows with n."""
    small = max(pictures.shape[1:3]) < SMALL
    figures = [
        f'<figure title="{html.escape(name)}"><img alt="{html.escape(f"{name}: {label}")}" src="{address(picture)}">'
        f"<figcaption>{html.escape(label)}</figcaption></figure>"
        for picture, label, name in zip(pictures, labels, names, strict=True)
    ]
    st.html(f'{STYLE}<div class="image-grid{" small" if small else ""}">{"".join(figures)}</div>')


def address(picture: NDArray[np.uint8]) -> str:
    """Return a picture, uint8 (h, w, 1 or 3), as the address of a PNG that a page shows without asking a server."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture.squeeze(2) if picture.shape[2] == 1 else picture)).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
