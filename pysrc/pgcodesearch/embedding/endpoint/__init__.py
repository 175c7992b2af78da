"""A model behind an OpenAI-compatible endpoint. Texts leave this machine, and only here."""
