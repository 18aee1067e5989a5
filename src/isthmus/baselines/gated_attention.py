"""A classifier of bags: of many windows one answer, and a weight for each.

M. Ilse, J. M. Tomczak, M. Welling, "Attention-based Deep Multiple Instance Learning", ICML 2018, arXiv 1802.04712,
Eq. 9: the gated attention. Settings are for hundreds of bags and were never tuned.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from isthmus.judge.metrics import Floats, Labels

COMPONENTS = 128  # of the windows' features, at most: a tenth of the time of all of them
HIDDEN = 64  # of the embedding, and of the attention
NETWORKS = 5  # whose mean is the answer
EPOCHS, BATCH = 60, 32
RATE, DECAY, DROPOUT = 1e-3, 0.05, 0.5


class GatedAttention:
    """As scikit-learn's classifiers, on bags (n, windows * ``size``), where nan throughout is no window."""

    def __init__(self, size: int, seed: int = 0) -> None:
        self.size, self.seed = size, seed
        self.classes_: npt.NDArray[np.int64] = np.empty(0, np.int64)
        self._reduced: Any = None
        self._deviation = 1.0  # of the components, all together
        self._networks: list[Any] = []

    def fit(self, bags: Floats, labels: Labels) -> GatedAttention:
        """Learns from bags with a label each, of two classes."""
        import torch

        self.classes_ = np.unique(labels)
        features, there = self._of(bags)
        few = min(COMPONENTS, self.size, int(there.sum()))
        self._reduced = make_pipeline(StandardScaler(), PCA(few, svd_solver="covariance_eigh"))
        self._deviation = max(float(self._reduced.fit_transform(features[there]).std()), 1e-6)
        windows = self._tensors(bags)
        answers = torch.from_numpy((labels == self.classes_[1]).astype(np.float32))
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(self.seed)
            self._networks = [_trained(_network(few), *windows, answers) for _ in range(NETWORKS)]
        return self

    def predict_proba(self, bags: Floats) -> Floats:
        """The probability of each class, (n, 2)."""
        import torch

        second = np.mean([torch.sigmoid(logits).double().numpy() for logits, _ in self._read(bags)], axis=0)
        return np.stack([1 - second, second], axis=1)

    def weights(self, bags: Floats) -> Floats:
        """The share of each window in the answer, (n, windows): 0 .. 1, 1 in all; the mean over the networks."""
        return np.asarray(np.mean([shares.double().numpy() for _, shares in self._read(bags)], axis=0))

    def _read(self, bags: Floats) -> list[tuple[Any, Any]]:
        import torch

        windows = self._tensors(bags)
        with torch.inference_mode():
            return [_logits(net, *windows) for net in self._networks]

    def _of(self, bags: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Windows (n, windows, size), and which of them there are."""
        features = bags.reshape(len(bags), -1, self.size)
        return features, np.asarray(~np.isnan(features).all(axis=2))

    def _tensors(self, bags: Floats) -> tuple[Any, Any]:
        import torch

        features, there = self._of(bags)
        windows = np.zeros((*there.shape, self._reduced[1].n_components_), np.float32)
        windows[there] = self._reduced.transform(features[there]) / self._deviation
        return torch.from_numpy(windows), torch.from_numpy(there)


def _network(size: int) -> Any:
    from torch import nn

    embedding = nn.Sequential(nn.Linear(size, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT))
    parts = {"content": nn.Linear(HIDDEN, HIDDEN), "gate": nn.Linear(HIDDEN, HIDDEN), "weight": nn.Linear(HIDDEN, 1)}
    return nn.ModuleDict({"embedding": embedding, **parts, "answer": nn.Linear(HIDDEN, 1)})


def _logits(net: Any, windows: Any, there: Any) -> tuple[Any, Any]:
    """The logit of each bag (n,), and the share of each of its windows (n, windows)."""
    import torch

    embedded = net["embedding"](windows)
    gated = torch.tanh(net["content"](embedded)) * torch.sigmoid(net["gate"](embedded))
    shares = net["weight"](gated)[..., 0].masked_fill(~there, float("-inf")).softmax(dim=1)
    return net["answer"]((shares[..., None] * embedded).sum(dim=1))[:, 0], shares


def _trained(net: Any, windows: Any, there: Any, answers: Any) -> Any:
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    optimiser = torch.optim.AdamW(net.train().parameters(), lr=RATE, weight_decay=DECAY)
    for _ in range(EPOCHS):
        order = torch.randperm(len(answers))
        for start in range(0, len(order), BATCH):
            at = order[start : start + BATCH]
            logits, _ = _logits(net, windows[at], there[at])
            optimiser.zero_grad()
            torch.autograd.backward(binary_cross_entropy_with_logits(logits, answers[at]))
            optimiser.step()
    return net.eval()
