#!/usr/bin/env bash
# Keras 3.15.1: a model in a .keras file forgets where its random layers are.
#
# Expected: the state of a layer's seed generator is a variable of the model, so a saved and loaded
# model draws next what the original draws next; training that goes on from the file is the same
# training.
# Seen: the variable is among `non_trainable_variables`, but neither in the file nor in
# `get_weights()`: the loaded model begins again with the first mask of its dropout.
# Source: keras/src/saving/saving_lib.py saves layers by their own variables, and a seed generator is
# no layer; keras/src/layers/layer.py, `weights`, leaves out seed states.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  keras==3.15.1 numpy==2.4.6 scipy==1.16.3 jax==0.10.2 2>"$folder/pip.log"
cat > "$folder/masks.py" <<'PYTHON'
import sys

import keras
import numpy as np

model = keras.Sequential([keras.Input((12,)), keras.layers.Dropout(0.5, seed=1)])
ones = np.ones((1, 12), "float32")


def mask(of):
    return "".join("x" if value else "." for value in np.asarray(of(ones, training=True))[0])


first, second = mask(model), mask(model)
model.save(sys.argv[1])
loaded = keras.saving.load_model(sys.argv[1])
third, next_of_loaded = mask(model), mask(loaded)
print("keras", keras.__version__)
print("masks of the original:", first, second, third)
print("next mask of the loaded model:", next_of_loaded)
print("variables:", len(model.non_trainable_variables), "| in get_weights():", len(model.get_weights()))
assert next_of_loaded == first != third
assert (1, 0) == (len(model.non_trainable_variables), len(model.get_weights()))
PYTHON
KERAS_BACKEND=jax "$folder/venv/bin/python" "$folder/masks.py" "$folder/model.keras"
