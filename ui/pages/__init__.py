"""One file a page; each ends with a call of its render()."""
