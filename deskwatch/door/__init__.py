"""The opt-in listener of the watcher: webhooks of helpdesks, and the API for tickets of the desk itself."""
