"""What each event cost, who paid, and how good the price is."""
