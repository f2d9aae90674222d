from setuptools import Extension, setup

setup(ext_modules=[Extension("turbo_geometry._native", ["src/native.c"])])
