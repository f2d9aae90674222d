from turbo_geometry import square_distance


def is_in_circle(x, y, radius):
    return square_distance(x, y) <= radius * radius
