"""Evaluating from a notebook or a program: load_protocol, design, estimate, report, pool and update."""

from joinedup.pipeline.notebook.designs import EvaluationDesign, design
from joinedup.pipeline.notebook.pooling import pool
from joinedup.pipeline.notebook.protocols import EvaluationProtocol, load_protocol
from joinedup.pipeline.notebook.results import EvaluationResult, estimate, report
from joinedup.pipeline.notebook.updates import EvaluationUpdate, update

__all__ = [
    "EvaluationDesign", "EvaluationProtocol", "EvaluationResult", "EvaluationUpdate", "design", "estimate",
    "load_protocol", "pool", "report", "update",
]  # fmt: skip
