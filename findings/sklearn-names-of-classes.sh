#!/usr/bin/env bash
# scikit-learn 1.9.1: which rows a stratified split takes depends on how the classes are called.
#
# Expected: with one seed, the split of the same rows into the same classes is the same, whether the
# classes are "cat" and "dog" or "Katze" and "Hund"; StratifiedKFold is so.
# Seen: train_test_split and StratifiedShuffleSplit put other rows into the test set, because the second
# pair has another alphabetical order. A translated or recoded column changes the results of a model.
# Source: sklearn/model_selection/_split.py: StratifiedShuffleSplit draws class by class in the sorted
# order of np.unique; StratifiedKFold numbers the classes by their first row.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check \
  scikit-learn==1.9.1 numpy==2.4.6 2>"$folder/pip.log"
cat > "$folder/split.py" <<'PYTHON'
import sklearn
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit, train_test_split

ROWS = list(range(12))
ENGLISH, GERMAN = ["cat", "dog"] * 6, ["Katze", "Hund"] * 6


def tested(splitter, classes):
    return [test.tolist() for _, test in splitter.split(ROWS, classes)]


def sets(classes):
    return {
        "train_test_split": train_test_split(ROWS, stratify=classes, test_size=4, random_state=0)[1],
        "StratifiedShuffleSplit": tested(StratifiedShuffleSplit(1, test_size=4, random_state=0), classes),
        "StratifiedKFold": tested(StratifiedKFold(3, shuffle=True, random_state=0), classes),
    }


english, german = sets(ENGLISH), sets(GERMAN)
print("scikit-learn", sklearn.__version__)
for name in english:
    print(f"{name}: {english[name]} | {german[name]}")
assert [english[name] == german[name] for name in english] == [False, False, True]
PYTHON
"$folder/venv/bin/python" "$folder/split.py"
