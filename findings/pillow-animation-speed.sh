#!/usr/bin/env bash
# Pillow 13.0.0: an animated GIF that is saved as WebP plays every frame as long as its first one.
#
# Expected: `Image.open(gif).save(webp, save_all=True)` keeps how long each frame is shown, as saving it as
# an animated PNG does, and as WebP to GIF does.
# Seen: frames of 50 and 900 ms become frames of 50 and 50 ms; so with a PNG as the source. A slide show with
# a short title runs through.
# Source: PIL/WebPImagePlugin.py, _save_all: the duration is read from the image once, before the frames;
# PngImagePlugin.py and GifImagePlugin.py read it from each frame.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check pillow==13.0.0 2>"$folder/pip.log"
cat > "$folder/speed.py" <<'PYTHON'
import io

import PIL
from PIL import Image


def saved(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, save_all=True, **options)
    return Image.open(file)


def durations(image):
    found = []
    for frame in range(image.n_frames):
        image.seek(frame)
        image.load()
        found.append(int(image.info["duration"]))
    return found


def made(kind):
    frames = [Image.new("L", (16, 16), shade) for shade in (0, 200)]
    return saved(frames[0], kind, append_images=frames[1:], duration=[50, 900])


print("Pillow", PIL.__version__)
seen = {}
for source, target in (("GIF", "PNG"), ("WEBP", "GIF"), ("GIF", "WEBP"), ("PNG", "WEBP")):
    seen[source, target] = durations(saved(made(source), target))
    print(f"{source} {durations(made(source))} -> {target} {seen[source, target]}")
assert [*seen.values()] == [[50, 900], [50, 900], [50, 50], [50, 50]]
PYTHON
"$folder/venv/bin/python" "$folder/speed.py"
