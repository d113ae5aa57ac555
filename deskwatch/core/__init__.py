"""The rules. Nothing in this folder reads a clock, touches a disk or opens a connection."""
