"""What the centre runs: opportunities, claims, benefits, findings, oversight."""
