"""Pieces of pages, made of plain HTML elements."""
