"""A trained model leaves the product for inference alone, and comes back: fastai's export and load_learner."""
