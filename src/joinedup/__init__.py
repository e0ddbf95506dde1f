"""joinedup runs integrated public services in a place and finds out whether integration worked.

From a notebook or a program: `from joinedup import load_protocol, design, estimate, report, pool, update`.
"""

from importlib import import_module as _import_module

__version__ = "0.1.0"

#: Names that are loaded when they are first used, so that `import joinedup` stays quick; typed in __init__.pyi.
_EVALUATION = (
    "EvaluationDesign", "EvaluationProtocol", "EvaluationResult", "EvaluationUpdate", "design", "estimate",
    "load_protocol", "pool", "report", "update",
)  # fmt: skip

__all__ = ["__version__", *_EVALUATION]  # noqa: PLE0604


def __getattr__(name: str) -> object:
    if name in _EVALUATION:
        return getattr(_import_module("joinedup.pipeline.notebook"), name)
    raise AttributeError(f"module 'joinedup' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_EVALUATION})
