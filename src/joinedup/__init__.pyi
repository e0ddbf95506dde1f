from joinedup.pipeline.notebook import EvaluationDesign as EvaluationDesign
from joinedup.pipeline.notebook import EvaluationProtocol as EvaluationProtocol
from joinedup.pipeline.notebook import EvaluationResult as EvaluationResult
from joinedup.pipeline.notebook import EvaluationUpdate as EvaluationUpdate
from joinedup.pipeline.notebook import design as design
from joinedup.pipeline.notebook import estimate as estimate
from joinedup.pipeline.notebook import load_protocol as load_protocol
from joinedup.pipeline.notebook import pool as pool
from joinedup.pipeline.notebook import report as report
from joinedup.pipeline.notebook import update as update

__version__: str
