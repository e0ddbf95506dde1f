"""The interface for programs, /api/v1: the same actions, permissions and trace as the pages."""
