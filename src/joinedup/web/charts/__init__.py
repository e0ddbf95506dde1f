"""Charts as inline SVG: drawn on the server from released figures, without scripts or style attributes."""
