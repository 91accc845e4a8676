"""Images from a ZIP and a table: read with limits, prepared by a recipe, ready to train on."""
