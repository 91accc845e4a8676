"""Prepares new images for a trained model. Needs NumPy and Pillow alone, so that an export can ship it unchanged.

A recipe is plain JSON: `{"format": 1, "kind": "image", "mode": "L" or "RGB", "resize": [h, w] or None, "method":
"squish" | "crop" | "pad", "canvas": [h, w], "crop": [h, w] or None, "mean": [a channel's], "std": [a channel's]}`.

`apply` makes each image uint8 and resizes it; `view` then cuts the central crop and scales: (pixel / 255 - mean) / std.
The geometry is that of fastai 2.8's Resize and RandomCrop as they are in validation, but for Resize's "pad" (`resize`).
"""

import io
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

FORMAT = 1
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "I;16", "I;16L", "I;16B")
MOST_PIXELS = 16_000_000
METHODS = ("squish", "crop", "pad")

# Pillow warns of an image of huge size and opens it all the same; here that is an error.
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

Pixels = NDArray[np.uint8]


class ImageError(ValueError):
    """An image that cannot be used. The sentence's template and its values are kept apart; it starts in lower case."""

    def __init__(self, template: str, **values: object) -> None:
        self.template, self.values = template, values
        super().__init__(template.format(**values))


def apply(
    recipe: Mapping[str, Any], images: Sequence[bytes | bytearray | NDArray[Any]]
) -> tuple[Pixels, NDArray[np.int32]]:
    """Return new images as a canvas, uint8 (N, C, H, W), and their heights and widths in it, int32 (N, 2).

    An image is the bytes of a file (see `decode`) or uint8 pixels (h, w) or (h, w, 3). It lies at the top left of the
    canvas, zeros beyond it. Without a resize the canvas grows for a larger image where a crop follows, and otherwise an
    ImageError says that it does not fit, as it does of whatever is no image. Grows as N * C * H * W.
    """
    if recipe.get("format") != FORMAT or recipe.get("kind") != "image":
        raise ImageError("this recipe is {kind!r} of format {format!r}; 'image' of format {wanted} is read here.",
                         kind=recipe.get("kind"), format=recipe.get("format"), wanted=FORMAT)  # fmt: skip
    made = [prepared(recipe, image) for image in images]
    height, width = recipe["canvas"]
    if recipe["crop"]:
        height = max([height, *(pixels.shape[0] for pixels in made)])
        width = max([width, *(pixels.shape[1] for pixels in made)])
    canvas = np.zeros((len(made), 1 if recipe["mode"] == "L" else 3, height, width), dtype=np.uint8)
    sizes = np.array([pixels.shape[:2] for pixels in made], dtype=np.int32).reshape(-1, 2)
    for place, pixels in zip(canvas, made, strict=True):
        if pixels.shape[0] > height or pixels.shape[1] > width:
            raise ImageError("it is {got} pixels; the model was trained on images of up to {most}.",
                             got=_size(pixels.shape), most=_size((height, width)))  # fmt: skip
        place[:, : pixels.shape[0], : pixels.shape[1]] = pixels.transpose(2, 0, 1)
    return canvas, sizes


def prepared(recipe: Mapping[str, Any], image: bytes | bytearray | NDArray[Any]) -> Pixels:
    """Return one image as uint8 (h, w, C), resized where the recipe says so."""
    picture = decode(image, recipe["mode"])
    if recipe["resize"]:
        picture = resize(picture, recipe["resize"], recipe["method"])
    pixels: Pixels = np.asarray(picture, dtype=np.uint8)
    return pixels.reshape(*pixels.shape[:2], -1)


def view(recipe: Mapping[str, Any], canvas: Pixels, sizes: NDArray[np.int32] | None = None) -> NDArray[np.float32]:
    """Return what a model gets in validation, float32 (N, C, h, w): the central crop, scaled.

    Without a crop it is the whole canvas. `sizes` None: every image fills its canvas. Grows as N * C * h * w.
    """
    cut = central_crop(canvas, sizes, recipe["crop"]) if recipe["crop"] else canvas
    mean, std = (np.array(recipe[name], dtype=np.float32).reshape(1, -1, 1, 1) for name in ("mean", "std"))
    scaled: NDArray[np.float32] = (cut.astype(np.float32) / np.float32(255) - mean) / std
    return scaled


def central_crop(canvas: Pixels, sizes: NDArray[np.int32] | None, crop: Sequence[int]) -> Pixels:
    """Return the central h x w of each image, uint8 (N, C, h, w), zeros where the image is smaller.

    Its top left is floor((size - crop) / 2), which is negative where the image is smaller: of 5 pixels a crop of 4
    takes 0 to 3, and one of 8 has two zeros before the image and one behind (fastai 2.8, CropPad and RandomCrop).
    """
    if sizes is None:
        sizes = np.full((len(canvas), 2), canvas.shape[2:], dtype=np.int32)
    corners = np.floor_divide(sizes - np.asarray(crop, dtype=np.int32), 2)
    return cut_at(canvas, sizes, crop, corners)


def cut_at(canvas: Pixels, sizes: NDArray[np.int32], crop: Sequence[int], corners: NDArray[Any]) -> Pixels:
    """Return h x w pixels of each image from its corner (N, 2) on, zeros wherever that is outside the image."""
    cut = np.zeros((*canvas.shape[:2], int(crop[0]), int(crop[1])), dtype=np.uint8)
    for image, place, size, (top, left) in zip(canvas, cut, sizes, corners.tolist(), strict=True):
        first, begin = max(top, 0), max(left, 0)
        last, end = min(top + crop[0], int(size[0])), min(left + crop[1], int(size[1]))
        if last > first and end > begin:
            place[:, first - top : last - top, begin - left : end - left] = image[:, first:last, begin:end]
    return cut


def resize(picture: Image.Image, size: Sequence[int], method: str) -> Image.Image:
    """Return the picture at height x width, resampled bilinearly (with Pillow's antialiasing).

    squish: stretched to fit. crop: the largest central part of the right proportions, then resized; fastai takes this
    part in validation, and one at a random place in training. pad: resized until the longer side fits, then centred on
    zeros; fastai pads before it resizes (by reflection unless told zeros), which needs memory as the longer side's
    square and blends the edge.
    """
    height, width = size
    if method == "squish":
        return picture.resize((width, height), Image.Resampling.BILINEAR)
    across, down = picture.width / width, picture.height / height
    if method == "crop":
        part_width = max(1, int(min(across, down) * width))
        part_height = max(1, int(min(across, down) * height))
        left, top = (picture.width - part_width) // 2, (picture.height - part_height) // 2
        part = picture.crop((left, top, left + part_width, top + part_height))
        return part.resize((width, height), Image.Resampling.BILINEAR)
    longest = max(across, down)
    fitted = (max(1, round(picture.width / longest)), max(1, round(picture.height / longest)))
    padded = Image.new(picture.mode, (width, height))
    inside = picture.resize(fitted, Image.Resampling.BILINEAR)
    padded.paste(inside, ((width - fitted[0]) // 2, (height - fitted[1]) // 2))
    return padded


def decode(image: bytes | bytearray | NDArray[Any], mode: str) -> Image.Image:
    """Return an image in mode "L" (grey) or "RGB", upright as its EXIF orientation says.

    Files are PNG, JPEG, GIF (first frame), BMP, WebP or TIFF of at most 16 million pixels, which is looked at before
    any pixel is read. 1-bit becomes 0 and 255; palettes become their colours; what is transparent lies on white; 16-bit
    grey is divided by 257; CMYK and YCbCr are converted. An ImageError says why anything else cannot be used.
    """
    if not isinstance(image, bytes | bytearray):
        return _from_pixels(np.asarray(image), mode)
    try:
        with Image.open(io.BytesIO(image), formats=FORMATS) as opened:
            _check_size(opened.size)
            if opened.mode not in MODES:
                raise ImageError("its pixels are of mode {mode}, whose range is not known; save it as 8-bit PNG.",
                                 mode=opened.mode)  # fmt: skip
            opened.load()
            return _converted(ImageOps.exif_transpose(opened), mode)
    except ImageError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ImageError("it has more than {most:,} pixels.", most=MOST_PIXELS) from None
    except UnidentifiedImageError:
        raise ImageError("it is not an image of the formats {formats}.", formats=", ".join(FORMATS)) from None
    except Exception as error:  # a decoder may raise almost anything on broken bytes
        raise ImageError("it is damaged or cut off and cannot be read as an image.") from error


def _check_size(size: tuple[int, int]) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise ImageError("it is {got} pixels; at least one is needed.", got=_size((height, width)))
    if width * height > MOST_PIXELS:
        raise ImageError("it is {got} pixels; at most {most:,} are allowed.",
                         got=_size((height, width)), most=MOST_PIXELS)  # fmt: skip


def _from_pixels(pixels: NDArray[Any], mode: str) -> Image.Image:
    pixels = pixels[..., 0] if pixels.ndim == 3 and pixels.shape[2] == 1 else pixels
    if pixels.dtype != np.uint8 or not (pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)):
        raise ImageError("pixels must be uint8 (height, width) or (height, width, 3), got {dtype} {shape}.",
                         dtype=pixels.dtype, shape=pixels.shape)  # fmt: skip
    _check_size((pixels.shape[1], pixels.shape[0]))
    return _converted(Image.fromarray(np.ascontiguousarray(pixels)), mode)


def _converted(picture: Image.Image, mode: str) -> Image.Image:
    if picture.mode.startswith("I;16"):
        scaled = np.asarray(picture).astype(np.uint32) // 257
        picture = Image.fromarray(scaled.astype(np.uint8))
    if picture.mode in ("LA", "PA", "RGBA") or "transparency" in picture.info:
        above = picture.convert("RGBA")
        picture = Image.new("RGBA", above.size, "white")
        picture.alpha_composite(above)
    if picture.mode in ("P", "RGBA", "RGBX", "CMYK", "YCbCr") and mode == "L":
        picture = picture.convert("RGB")  # Pillow has no direct way from each of these to grey
    return picture if picture.mode == mode else picture.convert(mode)


def _size(shape: Sequence[int]) -> str:
    return f"{shape[1]} x {shape[0]}"
