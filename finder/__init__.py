"""Which learning rate: the range test, the rules that read it, and the command line."""
