"""What several tests share: servers, databases, catalog listings. No test stands here."""
