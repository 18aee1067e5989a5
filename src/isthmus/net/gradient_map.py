"""Integrated gradients: which pixels a network's answer depends on, by its gradient (Sundararajan et al., ICML 2017).

For checks of another map only: it needs the network itself, and no export gives it.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

STEPS = 16


def integrated_gradients(
    log_odds: Callable[[torch.Tensor], torch.Tensor], image: torch.Tensor, base: torch.Tensor, steps: int = STEPS
) -> torch.Tensor:
    """What each pixel adds to the log-odds on the straight way from ``base`` to ``image``, both (3, h, w): (h, w).

    Their sum is nearly log_odds(image) - log_odds(base), the more nearly the more ``steps``. ``log_odds`` takes
    (n, 3, h, w) and gives (n,).
    """
    shares = (torch.arange(steps, dtype=image.dtype) + 0.5) / steps
    way = (base + shares.view(-1, 1, 1, 1) * (image - base)).requires_grad_()
    (gradient,) = torch.autograd.grad(log_odds(way).sum(), way)
    return ((image - base) * gradient.mean(0)).sum(0).detach()
