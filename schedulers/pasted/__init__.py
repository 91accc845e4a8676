"""How pasted code is read: values, calls, statements."""
