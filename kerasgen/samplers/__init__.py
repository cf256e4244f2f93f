"""Samplers: along a path from noise to data, and of tokens."""

from kerasgen.samplers.agreement import agreeing
from kerasgen.samplers.agreement import agreeing_time
from kerasgen.samplers.density import MAX_EXACT
from kerasgen.samplers.density import log_density
from kerasgen.samplers.guidance import autoguided
from kerasgen.samplers.guidance import guided
from kerasgen.samplers.paths import PATHS
from kerasgen.samplers.paths import CosinePath
from kerasgen.samplers.paths import EDMPath
from kerasgen.samplers.paths import LinearBetaPath
from kerasgen.samplers.paths import LinearPath
from kerasgen.samplers.paths import Path
from kerasgen.samplers.solvers import SAMPLERS
from kerasgen.samplers.solvers import ddim
from kerasgen.samplers.solvers import dpm_solver
from kerasgen.samplers.solvers import euler
from kerasgen.samplers.solvers import heun
from kerasgen.samplers.solvers import num_evaluations
from kerasgen.samplers.solvers import walk
from kerasgen.samplers.tokens import draw_token

__all__ = [
    "PATHS",
    "SAMPLERS",
    "CosinePath",
    "EDMPath",
    "LinearBetaPath",
    "LinearPath",
    "MAX_EXACT",
    "Path",
    "agreeing",
    "agreeing_time",
    "autoguided",
    "ddim",
    "draw_token",
    "dpm_solver",
    "euler",
    "guided",
    "heun",
    "log_density",
    "num_evaluations",
    "walk",
]
