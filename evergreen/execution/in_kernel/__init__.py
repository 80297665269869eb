"""Modules that run inside a post's kernel; they use the standard library alone."""
