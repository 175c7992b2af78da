"""The page: the verbs of the schema for people, in a browser, and the same as a JSON API. Server-rendered; what it
shows is asked of the database as the role that the database's URL names."""
