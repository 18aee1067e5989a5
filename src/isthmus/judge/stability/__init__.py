"""How far a model's answers hold: on the same pictures changed, and on two pictures of one nodule."""
