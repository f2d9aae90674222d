#!/bin/sh
# Fills ./bundle with the packages of requirements.txt for a function that runs on another platform, and zips it.
set -eu
platform=${PLATFORM:-manylinux_2_28_aarch64}
python=${PYTHON_VERSION:-3.12}

ww install --target bundle --platform "$platform" --python-version "$python" --only-binary :all: -r requirements.txt
cp handler.py bundle/
python3 -m zipfile -c function.zip bundle/*
