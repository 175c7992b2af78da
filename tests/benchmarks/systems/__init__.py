"""The systems that one benchmark run compares; one module each, one class each."""
