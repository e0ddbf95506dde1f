"""Pages: signing in, one's own account, and the post one acts in."""
