"""A schedule as code for other libraries: `code` for a whole snippet, `source` for its mathematics alone."""

from schedulers.export.maths import source
from schedulers.export.snippets import LIBRARIES, Exported, code

__all__ = ["LIBRARIES", "Exported", "code", "source"]
