"""Networks that learn in turns, each on its own clock."""
