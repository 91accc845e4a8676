"""The engine that trains M models of one shape at once; `options` holds its names and limits and imports no torch."""
