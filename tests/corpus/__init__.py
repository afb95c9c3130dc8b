"""One standard, written for the tests, and the same standard as every kind of file.

`standard` is the single source; the `…_file` modules render it. Body, number and content are invented.
"""
