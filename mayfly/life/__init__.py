"""How long environments live: expiry, extension, keeping and sweeping. Decisions alone: nothing is called."""

from mayfly.life.lifespan import WARNINGS, Keep, Lifespan
from mayfly.life.plan import LifePlan, plan

__all__ = ["WARNINGS", "Keep", "LifePlan", "Lifespan", "plan"]
