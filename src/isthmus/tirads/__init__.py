"""TI-RADS of 2017 to 2021: points, level and advice from what a reader sees. Numbers only."""
