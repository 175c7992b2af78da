"""What texts and code say, as words: sentences of documentation, and code that is nearly other code."""
