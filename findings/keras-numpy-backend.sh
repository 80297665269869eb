#!/usr/bin/env bash
# Keras 3.15.1: its NumPy backend cannot be imported where only NumPy is installed; it needs JAX.
#
# Expected: with KERAS_BACKEND=numpy, which is meant for running models without a framework, keras and
# numpy are enough.
# Seen: `import keras` asks for SciPy, which keras does not require, and after that for JAX: the
# backend for NumPy takes its Fourier transform from the one for JAX, whose package imports jax.
# Source: keras/src/backend/numpy/linalg.py and math.py; the requirements in the wheel's METADATA.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip() { "$folder/venv/bin/pip" install -q --disable-pip-version-check "$@" 2>>"$folder/pip.log"; }
try() { KERAS_BACKEND=numpy "$folder/venv/bin/python" -c 'import keras' 2>&1 | tail -n 1 || true; }
pip keras==3.15.1 numpy==2.4.6
first=$(try)
pip scipy==1.16.3
second=$(try)
echo "keras 3.15.1"
echo "with numpy: $first"
echo "with numpy and scipy: $second"
[ "$first" = "ModuleNotFoundError: No module named 'scipy'" ]
[ "$second" = "ModuleNotFoundError: No module named 'jax'" ]
