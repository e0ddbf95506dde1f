"""From each partner’s extract to the canonical tables."""
