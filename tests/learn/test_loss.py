"""Eq. (3) to (8), against torch's own and by hand."""

from __future__ import annotations

import inspect
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from torch.nn import functional

from isthmus.learn.loss import batch_loss, class_weights, cross_entropy, recipe_loss, weighted_cross_entropy
from isthmus.nodule import Label
from isthmus.recipe import PAPER

WEIGHTS = st.floats(0.01, 100)
LOGITS = arrays.arrays(np.float64, (7, 2), elements=st.floats(-50, 50))
LABELS = arrays.arrays(np.int64, 7, elements=st.integers(0, 1))


@given(LABELS, LOGITS, WEIGHTS, WEIGHTS)
def test_the_batch_loss_is_torchs_with_weights_and_a_sum(
    labels: np.ndarray, logits: np.ndarray, malignant: float, benign: float
) -> None:
    truth, raw = torch.tensor(labels), torch.tensor(logits)
    weights = torch.tensor([benign, malignant], dtype=torch.float64)
    ours = batch_loss(truth, raw.log_softmax(-1), malignant=malignant, benign=benign)
    expected = functional.cross_entropy(raw, truth, weight=weights, reduction="sum")
    torch.testing.assert_close(ours, expected, rtol=1e-6, atol=1e-9)
    each = weighted_cross_entropy(truth, raw.log_softmax(-1), malignant=malignant, benign=benign)
    torch.testing.assert_close(
        each, functional.nll_loss(raw.log_softmax(-1), truth, weight=weights, reduction="none"), rtol=1e-6, atol=1e-9
    )


@given(arrays.arrays(np.int64, 7, elements=st.integers(-1, 1)), LOGITS)
def test_an_image_without_a_label_costs_nothing(labels: np.ndarray, logits: np.ndarray) -> None:
    truth, log_p = torch.tensor(labels), torch.tensor(logits).log_softmax(-1).requires_grad_()
    loss, known = batch_loss(truth, log_p), truth >= 0
    torch.testing.assert_close(loss, batch_loss(truth[known], log_p[known]))
    loss.backward()
    assert log_p.grad is not None
    assert (log_p.grad[~known] == 0).all()


def test_by_hand() -> None:
    """One malignant and one benign nodule, both called malignant with P = 0.8."""
    labels, log_p = torch.tensor([1, 0]), torch.log(torch.tensor([[0.2, 0.8], [0.2, 0.8]]))
    torch.testing.assert_close(
        cross_entropy(labels, log_p), torch.tensor([[0.0, -math.log(0.8)], [-math.log(0.2), 0.0]])
    )
    torch.testing.assert_close(
        weighted_cross_entropy(labels, log_p), torch.tensor([-3 * math.log(0.8), -2 * math.log(0.2)])
    )
    assert batch_loss(labels, log_p).item() == pytest.approx(-3 * math.log(0.8) - 2 * math.log(0.2))


def test_missing_a_malignant_nodule_costs_half_as_much_again() -> None:
    missed = batch_loss(torch.tensor([Label.MALIGNANT]), torch.log(torch.tensor([[0.9, 0.1]])))
    alarm = batch_loss(torch.tensor([Label.BENIGN]), torch.log(torch.tensor([[0.1, 0.9]])))
    assert (missed / alarm).item() == pytest.approx(1.5)


def test_weights_go_by_name_not_by_position() -> None:
    for function in (weighted_cross_entropy, batch_loss):
        kinds = {name: parameter.kind for name, parameter in inspect.signature(function).parameters.items()}
        assert kinds["malignant"] is kinds["benign"] is inspect.Parameter.KEYWORD_ONLY
    weights = class_weights(malignant=3, benign=2)
    assert weights[Label.MALIGNANT] == 3
    assert weights[Label.BENIGN] == 2


def test_exchanging_the_classes_everywhere_changes_nothing() -> None:
    labels, log_p = torch.tensor([0, 1, 1]), torch.randn(3, 2).log_softmax(-1)
    plain = weighted_cross_entropy(labels, log_p, malignant=3, benign=2)
    torch.testing.assert_close(plain, weighted_cross_entropy(1 - labels, log_p.flip(-1), malignant=2, benign=3))


def test_a_recipe_sums_or_averages() -> None:
    labels, log_p = torch.tensor([0, 1, 1, 0]), torch.randn(4, 2).log_softmax(-1)
    total = recipe_loss(labels, log_p, PAPER.loss)
    torch.testing.assert_close(total, batch_loss(labels, log_p))
    torch.testing.assert_close(recipe_loss(labels, log_p, PAPER.changed(reduction="mean").loss) * 4, total)
    other = recipe_loss(labels, log_p, PAPER.changed(weight_malignant=7.0, weight_benign=5.0).loss)
    torch.testing.assert_close(other, batch_loss(labels, log_p, malignant=7, benign=5))


def test_a_sure_and_wrong_vote_costs_much_but_not_infinitely_much() -> None:
    logits = torch.tensor([[1e4, -1e4]], requires_grad=True)
    loss = batch_loss(torch.tensor([1]), logits.log_softmax(-1))
    loss.backward()
    assert loss.item() == pytest.approx(6e4)
    assert logits.grad.isfinite().all()
