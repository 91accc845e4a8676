"""Find a rate for a Lightning module with Ratescope's range test, then train with it.

`pip install lightning`, then `python -m examples.lightning_lr_find`. The range test takes the module, its optimizer and
its loader as they are and gives them back as they were, so that `Trainer.fit` starts from the first weights.
"""

import lightning
import torch
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset

from finder import lr_find, valley
from words import rate


class Digits(lightning.LightningModule):
    """Recognises handwritten digits."""

    def __init__(self, lr: float = 1e-3) -> None:
        super().__init__()
        self.lr = lr
        self.layers = torch.nn.Sequential(torch.nn.Linear(64, 64), torch.nn.ReLU(), torch.nn.Linear(64, 10))
        self.seen: list[float] = []

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return a score for each digit."""
        return self.layers(inputs)

    def training_step(self, batch: tuple[torch.Tensor, torch.Tensor], index: int) -> torch.Tensor:
        """Return the loss of a batch."""
        inputs, targets = batch
        loss = torch.nn.functional.cross_entropy(self(inputs), targets)
        self.seen.append(loss.item())
        return loss

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Return the optimizer that is to be searched for and trained with."""
        return torch.optim.SGD(self.parameters(), lr=self.lr, momentum=0.9)


def main() -> None:
    """Search, then train five epochs and print what came of it."""
    lightning.seed_everything(0, verbose=False)
    images, digits = load_digits(return_X_y=True)
    rows = TensorDataset(torch.tensor(images / 16, dtype=torch.float32), torch.tensor(digits))
    loader = DataLoader(rows, batch_size=64, shuffle=True, drop_last=True)
    module = Digits()

    found = lr_find(
        module, loader, torch.nn.functional.cross_entropy, module.configure_optimizers(), suggest_funcs=(valley,)
    )
    for doubt in found.doubts:
        print(doubt)
    module.lr = found.suggestions["valley"].lr
    print(f"valley suggests {rate(module.lr)}; everything restored: {found.restored}")

    trainer = lightning.Trainer(
        accelerator="cpu", max_epochs=5, logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(module, loader)
    print(f"loss {module.seen[0]:.3f} at first, {sum(module.seen[-10:]) / 10:.3f} after five epochs")


if __name__ == "__main__":
    main()
