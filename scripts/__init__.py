"""The commands of the Makefile: one module per command."""
