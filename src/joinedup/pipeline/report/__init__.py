"""The report of an evaluation: one HTML file that stands alone, read from what result.json holds."""

from joinedup.pipeline.report.page import write_report

__all__ = ["write_report"]
