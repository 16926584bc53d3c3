"""How fast it is, beside the bare engine and beside what people write today."""
