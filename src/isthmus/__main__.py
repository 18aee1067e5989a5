"""``python -m isthmus``, for launchers such as torchrun."""

from isthmus.cli.main import run

if __name__ == "__main__":
    run()
