"""A trained model leaves the product for inference alone, and comes back: fastai's export and load_learner."""

from training.export.load import load_learner
from training.export.make import bundle

__all__ = ["bundle", "load_learner"]
