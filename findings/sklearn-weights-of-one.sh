#!/usr/bin/env bash
# scikit-learn 1.9.1: a random forest with the weight 1 for each sample is another forest than without
# weights.
#
# Expected: no weights mean that all weights are equal, so ones change nothing; gradient boosting, AdaBoost
# and extra trees give the same bits with and without them.
# Seen: with one seed, the probabilities of RandomForestClassifier and BaggingClassifier are others. A
# comparison "weighted against unweighted" so compares two draws too.
# Source: sklearn/ensemble/_forest.py, _generate_sample_indices: without weights rows are drawn by
# `randint`, with any weights by `choice` with probabilities, which takes other random numbers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  scikit-learn==1.9.1 numpy==2.4.6 2>"$folder/pip.log"
cat > "$folder/ones.py" <<'PYTHON'
import numpy as np
import sklearn
from sklearn import ensemble
from sklearn.datasets import make_classification

SAME = {
    "AdaBoostClassifier": True,
    "ExtraTreesClassifier": True,
    "GradientBoostingClassifier": True,
    "RandomForestClassifier": False,
    "BaggingClassifier": False,
}
x, y = make_classification(random_state=0)


def probabilities(name, weights):
    model = getattr(ensemble, name)(n_estimators=10, random_state=0)
    return model.fit(x, y, sample_weight=weights).predict_proba(x)


seen = {
    name: bool(np.array_equal(probabilities(name, None), probabilities(name, np.ones(len(y)))))
    for name in SAME
}
print("scikit-learn", sklearn.__version__, "| the same with weights of 1:")
print("\n".join(f"  {name}: {same}" for name, same in seen.items()))
assert seen == SAME
PYTHON
"$folder/venv/bin/python" "$folder/ones.py"
