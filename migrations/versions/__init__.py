"""The steps, oldest first. Each stands on its own: none imports the service."""
