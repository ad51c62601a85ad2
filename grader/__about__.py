"""What this is, and which version."""

VERSION = "0.1.0"
