"""(Site, Pages) → Artifacts.

`site` is the whole of it: `outline` says which files there are, as `tasks`. `layouts` gives a page,
a list or a redirect to `jinja`; `lists` and `relations` say what they tell of other posts;
`collisions` refuses two files in one place.
"""
