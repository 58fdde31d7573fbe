"""Checks of the text of the tree: every file that git does not ignore. A check is a function with the violations that it must
report."""

from . import checks, models, proofs, surface, words  # noqa: F401: each registers its checks
from .checks import CHECKS  # noqa: F401
