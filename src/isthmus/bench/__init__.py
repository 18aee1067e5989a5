"""Speed measured side by side in one run: the engines and torch, a training step, and start-up."""
