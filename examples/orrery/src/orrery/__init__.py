"""Where the planets are, roughly: circular orbits, one plane, counted from the first day of 2000."""
from .orbit import longitude
from .planets import Planet, load_planets

__version__ = "1.4.0"
__all__ = ["Planet", "load_planets", "longitude"]
