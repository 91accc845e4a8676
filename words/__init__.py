"""All words that a person reads go through here: the page's own, and the sentences that refuse bad input."""

from words.numbers import rate, share
from words.refusal import Refusal
from words.say import say, seeds

__all__ = ["Refusal", "rate", "say", "seeds", "share"]
