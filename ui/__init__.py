"""The pages: controls, a call, a figure. No formulas, no SQL, no torch."""
