"""What a recipe does to an image, by pixels that one can count, and what every file format becomes."""

import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from data.images import recipe as recipes
from data.images.recipe import ImageError, apply, central_crop, cut_at, decode, resize, view

RECIPE = {"format": 1, "kind": "image", "mode": "L", "resize": None, "method": "squish", "canvas": [4, 4],
          "crop": None, "mean": [0.0], "std": [1.0]}  # fmt: skip


def numbered(height, width):
    return np.arange(height * width, dtype=np.uint8).reshape(height, width)


def cropped(image, crop):
    sizes = np.array([image.shape], dtype=np.int32)
    return central_crop(image[None, None], sizes, crop)[0, 0]


def test_the_central_crop_of_five_by_six_by_three_takes_rows_one_to_three_and_columns_one_to_three():
    np.testing.assert_array_equal(cropped(numbered(5, 6), (3, 3)), numbered(5, 6)[1:4, 1:4])


def test_of_five_pixels_a_crop_of_four_takes_the_first_four():
    np.testing.assert_array_equal(cropped(numbered(5, 5), (4, 4)), numbered(5, 5)[:4, :4])


def test_of_five_pixels_a_crop_of_eight_has_two_zeros_before_and_one_behind():
    image = np.full((5, 5), 7, dtype=np.uint8)
    found = cropped(image, (8, 8))
    expected = np.zeros((8, 8), dtype=np.uint8)
    expected[2:7, 2:7] = 7
    np.testing.assert_array_equal(found, expected)


def test_a_crop_may_cut_one_side_and_pad_the_other():
    found = cropped(numbered(2, 6) + 1, (4, 2))
    np.testing.assert_array_equal(found, [[0, 0], [3, 4], [9, 10], [0, 0]])


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 12), st.integers(1, 12))
def test_a_crop_never_invents_nor_moves_a_pixel(height, width, tall, wide):
    image = numbered(height, width) + 1
    canvas = np.full((1, 1, 9, 9), 255, dtype=np.uint8)  # what lies beyond the image must not be seen
    canvas[0, 0, :height, :width] = image
    found = central_crop(canvas, np.array([[height, width]], dtype=np.int32), (tall, wide))[0, 0]
    top, left = (height - tall) // 2, (width - wide) // 2
    for row in range(tall):
        for column in range(wide):
            inside = 0 <= row + top < height and 0 <= column + left < width
            assert found[row, column] == (image[row + top, column + left] if inside else 0)


def test_a_crop_entirely_outside_is_all_zeros():
    image = numbered(3, 3)[None, None] + 1
    assert not cut_at(image, np.array([[3, 3]], dtype=np.int32), (2, 2), np.array([[5, 5]])).any()


def test_the_view_divides_by_255_and_scales_each_channel():
    recipe = RECIPE | {"mode": "RGB", "canvas": [1, 1], "mean": [0.5, 0.0, 1.0], "std": [0.25, 1.0, 0.5]}
    canvas, sizes = apply(recipe, [np.array([[[255, 51, 0]]], dtype=np.uint8)])
    np.testing.assert_array_equal(canvas, [[[[255]], [[51]], [[0]]]])
    np.testing.assert_allclose(view(recipe, canvas, sizes).ravel(), [2.0, 0.2, -2.0], rtol=1e-6)


def test_padding_is_black_and_scaled_like_black():
    recipe = RECIPE | {"canvas": [1, 1], "crop": [3, 1], "mean": [0.5], "std": [0.5]}
    canvas, sizes = apply(recipe, [np.array([[255]], dtype=np.uint8)])
    np.testing.assert_allclose(view(recipe, canvas, sizes).ravel(), [-1, 1, -1], rtol=1e-6)


def test_smaller_images_lie_at_the_top_left_of_the_canvas():
    canvas, sizes = apply(RECIPE, [numbered(2, 3) + 1])
    assert canvas.shape == (1, 1, 4, 4)
    assert sizes.tolist() == [[2, 3]]
    np.testing.assert_array_equal(canvas[0, 0, :2, :3], numbered(2, 3) + 1)
    assert canvas.sum() == (numbered(2, 3) + 1).sum()
    np.testing.assert_array_equal(view(RECIPE, canvas, sizes)[0, 0] > 0, canvas[0, 0] > 0)


def test_a_larger_image_is_refused_unless_a_crop_follows():
    with pytest.raises(ImageError, match=r"^it is 9 x 2 pixels; the model was trained on images of up to 4 x 4\.$"):
        apply(RECIPE, [numbered(2, 9)])
    recipe = RECIPE | {"crop": [2, 3]}
    canvas, sizes = apply(recipe, [numbered(2, 9), numbered(6, 2)])
    assert canvas.shape == (2, 1, 6, 9)
    np.testing.assert_allclose(view(recipe, canvas, sizes)[0, 0] * 255, numbered(2, 9)[:, 3:6], rtol=1e-6)


def test_squish_stretches_both_sides():
    halves = Image.fromarray(np.repeat([[0, 200]], 2, axis=0).astype(np.uint8)).resize((8, 4), 0)
    found = np.asarray(resize(halves, (4, 4), "squish"))
    assert found.shape == (4, 4)
    assert found[0, 0] == 0
    assert found[0, 3] == 200


def test_crop_takes_the_middle_of_the_longer_side():
    wide = np.zeros((4, 8), dtype=np.uint8)
    wide[:, 2:6] = numbered(4, 4) + 1
    np.testing.assert_array_equal(np.asarray(resize(Image.fromarray(wide), (4, 4), "crop")), numbered(4, 4) + 1)


def test_pad_keeps_everything_between_zeros():
    wide = np.full((2, 4), 9, dtype=np.uint8)
    found = np.asarray(resize(Image.fromarray(wide), (4, 4), "pad"))
    np.testing.assert_array_equal(found, [[0] * 4, [9] * 4, [9] * 4, [0] * 4])


def test_a_thin_line_is_padded_without_much_memory():
    line = Image.new("L", (4_000_000, 1), 255)
    assert np.asarray(resize(line, (32, 32), "pad")).nonzero()[0].tolist() == [15] * 32


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 12), st.integers(1, 12), st.sampled_from(recipes.METHODS))
def test_resizing_a_flat_image_gives_the_size_and_no_other_shade_but_padding(height, width, tall, wide, method):
    found = np.asarray(resize(Image.new("L", (width, height), 77), (tall, wide), method))
    assert found.shape == (tall, wide)
    assert set(np.unique(found)) <= ({0, 77} if method == "pad" else {77})
    assert (found == 77).any()


def saved(picture, form="PNG", **options):
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("form", ["PNG", "BMP", "GIF", "TIFF"])
def test_formats_without_loss_come_back_as_they_were(form):
    image = numbered(5, 7) * 7
    np.testing.assert_array_equal(np.asarray(decode(saved(Image.fromarray(image), form), "L")), image)


@pytest.mark.parametrize("form", ["JPEG", "WEBP"])
def test_formats_with_loss_come_back_nearly(form):
    image = np.full((16, 16, 3), (200, 100, 50), dtype=np.uint8)
    found = np.asarray(decode(saved(Image.fromarray(image), form), "RGB")).astype(int)
    assert np.abs(found - image).max() <= 6


def test_the_first_frame_of_a_gif_is_taken():
    frames = [Image.new("L", (3, 3), shade) for shade in (10, 200)]
    raw = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert set(np.asarray(decode(raw, "L")).ravel()) == {10}


def palette():
    picture = Image.new("P", (2, 1))
    picture.putpalette([255, 0, 0, 0, 0, 255])
    picture.putpixel((1, 0), 1)
    return picture


@pytest.mark.parametrize(
    ("raw", "mode", "pixels"),
    [
        (saved(Image.fromarray(np.array([[True, False]]))), "L", [255, 0]),
        (saved(palette()), "RGB", [255, 0, 0, 0, 0, 255]),
        (saved(palette(), transparency=0), "RGB", [255, 255, 255, 0, 0, 255]),
        (saved(Image.new("RGBA", (1, 1), (0, 0, 0, 0))), "L", [255]),
        (saved(Image.new("RGBA", (1, 1), (0, 0, 0, 255))), "L", [0]),
        (saved(Image.new("RGBA", (1, 1), (200, 100, 0, 255))), "RGB", [200, 100, 0]),
        (saved(Image.new("LA", (1, 1), (40, 0))), "L", [255]),
        (saved(Image.new("LA", (1, 1), (40, 255))), "RGB", [40, 40, 40]),
        (saved(Image.fromarray(np.array([[0, 257, 65535]], dtype=np.uint16))), "L", [0, 1, 255]),
        (saved(Image.fromarray(np.array([[0, 257, 65535]], dtype=np.uint16)), "TIFF"), "L", [0, 1, 255]),
        (saved(Image.new("CMYK", (1, 1), (0, 255, 255, 0)), "TIFF"), "RGB", [255, 0, 0]),
        (saved(Image.new("RGB", (1, 1), (255, 255, 255))), "L", [255]),
    ],
    ids=["1-bit", "palette", "palette with transparency", "clear", "opaque", "opaque colour", "clear grey",
         "opaque grey", "16-bit", "16-bit TIFF", "CMYK", "colour to grey"],
)  # fmt: skip
def test_other_modes_are_converted_by_rule(raw, mode, pixels):
    assert np.asarray(decode(raw, mode)).ravel().tolist() == pixels


def test_an_image_is_turned_upright():
    image = Image.fromarray(np.array([[1, 2, 3]], dtype=np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the first row is the right edge
    np.testing.assert_array_equal(np.asarray(decode(saved(image, exif=exif), "L")), [[1], [2], [3]])


@pytest.mark.parametrize(
    ("pixels", "said"),
    [
        (np.zeros((2, 2), dtype=np.float32), "float32 (2, 2)."),
        (np.zeros((2, 2, 4), dtype=np.uint8), "uint8 (2, 2, 4)."),
        (np.zeros(3, dtype=np.uint8), "uint8 (3,)."),
    ],
)
def test_pixels_of_another_kind_are_refused(pixels, said):
    with pytest.raises(ImageError) as error:
        decode(pixels, "L")
    assert str(error.value) == f"pixels must be uint8 (height, width) or (height, width, 3), got {said}"


def test_no_pixels_are_refused():
    with pytest.raises(ImageError, match=r"^it is 3 x 0 pixels; at least one is needed\.$"):
        decode(np.zeros((0, 3), dtype=np.uint8), "L")


def test_another_recipe_is_refused():
    with pytest.raises(ImageError, match=r"^this recipe is 'table' of format 1; 'image' of format 1 is read here\.$"):
        apply(RECIPE | {"kind": "table"}, [])


def test_no_images_give_an_empty_canvas():
    canvas, sizes = apply(RECIPE, [])
    assert canvas.shape == (0, 1, 4, 4)
    assert sizes.shape == (0, 2)


def test_the_file_stands_alone(tmp_path):
    (tmp_path / "recipe.py").write_bytes(Path(recipes.__file__).read_bytes())
    (tmp_path / "picture.png").write_bytes(saved(Image.fromarray(numbered(4, 4))))
    code = (
        f"import recipe; canvas, sizes = recipe.apply({RECIPE!r}, [open('picture.png', 'rb').read()]);"
        f"print(int(canvas.sum()), recipe.view({RECIPE!r}, canvas, sizes).shape)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[0] == "120 (1, 1, 4, 4)"


FASTAI = json.loads((Path(__file__).parents[2] / "golden" / "fastai_images.json").read_text())


@pytest.mark.parametrize("case", FASTAI["crop"], ids=lambda case: str(case["size"]))
def test_the_central_crop_is_fastais(case):
    np.testing.assert_array_equal(cropped(np.array(case["image"], dtype=np.uint8), case["size"]), case["central"])


@pytest.mark.parametrize("method", ["squish", "crop"])
@pytest.mark.parametrize("case", FASTAI["resize"], ids=lambda case: str(case["size"]))
def test_resizing_is_fastais(case, method):
    picture = Image.fromarray(np.array(case["image"], dtype=np.uint8))
    np.testing.assert_array_equal(np.asarray(resize(picture, case["size"], method)), case[method])
