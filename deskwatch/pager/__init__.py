"""The notifier step by step: raise alerts, decide whom to tell, send, settle, hear answers."""
