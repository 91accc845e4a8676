"""Arrays become plain Plotly figures (`{"data": [...], "layout": {...}}`); neither Streamlit nor Plotly is imported."""
