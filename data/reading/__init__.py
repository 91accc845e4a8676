"""Bytes of an uploaded CSV become a typed table, or are refused with one sentence."""

from data.reading.read import read
from data.reading.record import Dialect, NumberStyle, Reading

__all__ = ["Dialect", "NumberStyle", "Reading", "read"]
