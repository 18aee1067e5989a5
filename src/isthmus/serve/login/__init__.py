"""Signing in, where the service is reached by others than this machine."""
