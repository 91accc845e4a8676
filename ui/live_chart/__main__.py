"""Put plotly.min.js into static/: `python -m ui.live_chart`, for an image whose folder is read-only later."""

from ui.live_chart.library import install

print(install())
