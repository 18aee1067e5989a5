"""Pictures with boxes -> the weights of the network that proposes a box from one click."""
