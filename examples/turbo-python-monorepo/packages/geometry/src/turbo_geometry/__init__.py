from turbo_geometry._native import square_distance

__all__ = ["square_distance"]
