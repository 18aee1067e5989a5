"""Speed measured side by side: engines, torch, other networks, a matrix product as the ceiling; training; start-up."""
