"""RoIs without labels -> the weights of a trunk, from which a training on labels begins."""
