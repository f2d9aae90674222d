from turbo_geometry import square_distance


def line(x, y):
    return f"({x}, {y}) lies {square_distance(x, y) ** 0.5:.1f} from the origin"
