"""The cache of a build: `state` has pages (see `pages`) and files, pickled into a `database`.

`unchanged` recognizes that nothing at all has changed; `fingerprint` identifies the engine.
"""
