"""Many recipes compared: the paper's tables and claims, under its protocol and an honest one."""
