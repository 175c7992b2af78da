"""Chunks described in words of people, as further texts of theirs: by their documentation, or by a language model."""
