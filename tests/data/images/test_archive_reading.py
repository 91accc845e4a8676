"""What an honest archive may hold, and limits that count while reading."""

import io
import zipfile

import numpy as np
import pytest

from data.images import archive as archives
from data.images.archive import Archive, normal
from words import Refusal


def zipped(*entries, method=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, raw in entries:
            archive.writestr(name, raw)
    return buffer.getvalue()


def test_files_are_read_by_name_and_folders_are_no_files():
    archive = Archive(zipped(("a/", b""), ("a/x.png", b"one"), ("./b.png", b"two")), "p.zip")
    assert archive.names == ("a/x.png", "b.png")
    assert archive.read("a/x.png") == b"one"
    assert archive.read("b.png") == b"two"
    assert "c.png" not in archive


def test_what_desktops_add_is_left_out():
    added = ("__MACOSX/._a.png", "x/.DS_Store", "Thumbs.db", "._a.png", "desktop.ini")
    archive = Archive(zipped(("a.png", b"1"), *((name, b"") for name in added)), "p.zip")
    assert archive.names == ("a.png",)


def test_names_in_utf8_are_read_whether_or_not_the_archive_says_so():
    said = zipped(("fünf.png", b"5"))
    assert Archive(said, "p.zip").names == ("fünf.png",)
    plain = zipped(("fXYnf.png", b"5")).replace(b"XY", "ü".encode())  # as the Mac's archiver writes it
    assert Archive(plain, "p.zip").names == ("fünf.png",)


def test_names_are_compared_in_one_unicode_form():
    archive = Archive(zipped(("u\u0308.png", b"1")), "p.zip")
    assert normal("\u00fc.png") in archive


def test_bytes_before_the_archive_do_not_matter():
    assert Archive(b"#!/bin/sh\n" * 9 + zipped(("a.png", b"1")), "p.zip").read("a.png") == b"1"


def test_the_total_counts_each_file_once(monkeypatch):
    monkeypatch.setattr(archives, "MOST_TOTAL_BYTES", 25)
    archive = Archive(zipped(("a", bytes(10)), ("b", bytes(10)), ("c", bytes(10))), "p.zip")
    for name in ("a", "b", "a", "a", "b"):
        assert len(archive.read(name)) == 10
    with pytest.raises(Refusal, match=r"^p\.zip unpacks to more than 0 MB, which is all that an archive may have\.$"):
        archive.read("c")


def test_a_flat_picture_below_a_megabyte_may_be_packed_as_well_as_it_can():
    raw = bytes(900_000)
    assert Archive(zipped(("flat.bmp", raw), method=zipfile.ZIP_DEFLATED), "p.zip").read("flat.bmp") == raw


def test_as_many_entries_as_are_allowed_open_quickly():
    raw = zipped(*((str(number), b"") for number in range(2000)))
    assert len(Archive(raw, "p.zip").names) == 2000


def test_every_cut_of_an_archive_is_refused_with_a_sentence():
    whole = zipped(("a.png", bytes(50)), ("b.png", bytes(50)))
    for length in range(len(whole)):
        with pytest.raises(Refusal):
            Archive(whole[:length], "p.zip")


def test_an_archive_with_any_byte_changed_reads_or_is_refused():
    whole = zipped(("a.png", bytes(20)), ("b.png", b"x" * 20), method=zipfile.ZIP_DEFLATED)
    random = np.random.default_rng(0)
    outcomes = set()
    for place in range(len(whole)):
        broken = bytearray(whole)
        broken[place] ^= int(random.integers(1, 256))
        try:
            archive = Archive(bytes(broken), "p.zip")
            outcomes.add(all(len(archive.read(name)) <= 20 for name in archive.names))
        except Refusal:
            outcomes.add("refused")
    assert outcomes == {True, "refused"}
