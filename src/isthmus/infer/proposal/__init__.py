"""One click inside a nodule -> a proposed box, without torch; the network's weights lie beside the code."""
