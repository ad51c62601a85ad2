"""Pictures of pages, compared with those that were looked at and accepted.

Both are reduced to the mean colours of blocks of 8 x 8 CSS pixels, in which the hinting and the
smoothing of letters all but vanish: between none of it and full hinting, no block is off by more
than 25 of 255 in any channel, and three in a thousand by more than 12. A picture differs where
more than `FEW` blocks are off by more than `MUCH`, as where a card moved or a chip has a wrong
colour; or more than `MANY` of all by more than `LITTLE`, as where a pale ground has another tint;
or where its height is another by more than a line. What is accepted is kept at half the size, in
128 colours, none of which is off by more than a dozen.
"""

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

BLOCK = 8
KEPT = 2  # accepted pictures are so many times smaller
MUCH, FEW = 28, 6
LITTLE, MANY = 12, 0.005
_COLOURS = 128
_LINE = 24


def reduced(png: bytes) -> Image.Image:
    """Return a picture as it is accepted."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    small = image.resize((image.width // KEPT, image.height // KEPT), Image.Resampling.BOX)
    return small.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)


def difference(accepted: Image.Image, found: Image.Image) -> str:
    """Say how a picture differs from the accepted one, if it does; both are reduced."""
    if accepted.width != found.width or abs(accepted.height - found.height) > _LINE // KEPT:
        return f"its size is {found.size} in place of {accepted.size}, at half the scale"
    off = _off(accepted, found)
    much, little = int((off > MUCH).sum()), int((off > LITTLE).sum())
    if much <= FEW and little <= MANY * off.size:
        return ""
    rows, columns = np.nonzero(off > LITTLE)
    where = f"the first at {columns[0] * BLOCK}, {rows[0] * BLOCK}"
    return f"{little} blocks of {off.size} differ, {much} of them much, {where}"


def shown(accepted: Image.Image, found: Image.Image) -> Image.Image:
    """Return the new picture, with what differs in red and the rest pale."""
    off = _off(accepted, found) > LITTLE
    pale = np.asarray(found.convert("RGB")).astype(np.uint16)
    pale = (pale + 2 * 255) // 3
    marked = np.kron(off, np.ones((BLOCK // KEPT, BLOCK // KEPT), bool))
    height, width = (min(a, b) for a, b in zip(marked.shape, pale.shape[:2], strict=True))
    pale[:height, :width][marked[:height, :width]] = (220, 0, 0)
    return Image.fromarray(pale.astype(np.uint8))


def _off(accepted: Image.Image, found: Image.Image) -> NDArray[np.int16]:
    """Return by how much each block is off, in the channel that is off most."""
    one, other = _blocks(accepted), _blocks(found)
    rows = min(len(one), len(other))
    off: NDArray[np.int16] = np.abs(one[:rows] - other[:rows]).max(axis=2)
    return off


def _blocks(image: Image.Image) -> NDArray[np.int16]:
    side = BLOCK // KEPT
    rows, columns = image.height // side, image.width // side
    pixels = np.asarray(image.convert("RGB"), np.float32)[: rows * side, : columns * side]
    means = pixels.reshape(rows, side, columns, side, 3).mean(axis=(1, 3))
    return np.asarray(means.round(), np.int16)


def saved(image: Image.Image, path: Path) -> None:
    """Write a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, optimize=True)
