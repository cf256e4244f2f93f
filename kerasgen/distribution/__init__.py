"""Several devices and several machines: strategies, and local workers."""

from kerasgen.distribution.strategies import (
    check_seeds_agree as check_seeds_agree,
)
from kerasgen.distribution.strategies import (
    check_workers_agree as check_workers_agree,
)
from kerasgen.distribution.strategies import is_chief as is_chief
from kerasgen.distribution.strategies import strategy as strategy
