"""Arrays of bytes in idx files, the format of the MNIST pages.

A file holds two zero bytes, the code of the type (8: unsigned bytes), the number of dimensions,
each dimension as a big-endian 32-bit integer, and then the values, the last dimension fastest.
Both functions take and give the gzip-compressed form.
"""

import gzip
import struct
from pathlib import Path

import numpy as np

UNSIGNED_BYTE = 8


def read_idx(path: str | Path) -> np.ndarray:
    """The array of a file, uint8, in the shape that its header states."""
    content = gzip.decompress(Path(path).read_bytes())
    dimensions = content[3]
    shape = struct.unpack_from(f">{dimensions}I", content, 4)
    data = np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions)
    return data.reshape(shape)


def write_idx(path: str | Path, array: np.ndarray) -> None:
    """Writes a uint8 array; equal arrays give equal bytes, whatever the time and the name."""
    magic = bytes([0, 0, UNSIGNED_BYTE, array.ndim])
    header = magic + struct.pack(f">{array.ndim}I", *array.shape)
    Path(path).write_bytes(gzip.compress(header + array.tobytes(), mtime=0))
