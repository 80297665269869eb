"""Includes of popular themes, as Liquid of our own, without the themes' scripts.

A file of the same name in the blog comes first. A video on another site becomes a link to it, as in
`plugins`.
"""

from __future__ import annotations

from collections.abc import Mapping

_INLINE = '| markdownify | strip | remove: "<p>" | remove: "</p>"'
_CAPTION = (
    "{% if include.caption %}<figcaption>{{ include.caption "
    + _INLINE
    + " }}</figcaption>{% endif %}"
)
_FIGURE = (
    '<figure{% if include.class %} class="{{ include.class | escape }}"{% endif %}>'
    '<img src="{{ include.image_path | relative_url }}" alt="{{ include.alt | escape }}">'
    f"{_CAPTION}</figure>"
)
_GALLERY = (
    "{% assign pictures = page[include.id] | default: page.gallery %}"
    '<figure class="gallery {{ include.class | escape }}">'
    "{% for picture in pictures %}"
    '{% if picture.url %}<a href="{{ picture.url | relative_url }}">{% endif %}'
    '<img src="{{ picture.image_path | relative_url }}" alt="{{ picture.alt | escape }}"'
    '{% if picture.title %} title="{{ picture.title | escape }}"{% endif %}>'
    "{% if picture.url %}</a>{% endif %}{% endfor %}"
    f"{_CAPTION}</figure>"
)
_FEATURES = (
    "{% assign features = page[include.id] | default: page.feature_row %}"
    "{% for feature in features %}<section>"
    '{% if feature.image_path %}<p><img src="{{ feature.image_path | relative_url }}"'
    ' alt="{{ feature.alt | escape }}"></p>{% endif %}'
    "{% if feature.title %}<h2>{{ feature.title }}</h2>{% endif %}"
    "{{ feature.excerpt | markdownify | strip }}"
    '{% if feature.url %}<p><a href="{{ feature.url | relative_url }}">'
    "{{ feature.btn_label | default: feature.title }}</a></p>{% endif %}</section>{% endfor %}"
)


def _film(name: str, address: str) -> str:
    return (
        f'<p><a href="{address}{{{{ include.id | escape }}}}">{name} '
        "{{ include.id | escape }}</a></p>"
    )


def _media(tag: str, poster: str = "") -> str:
    return (
        f'<figure><{tag} controls src="{{{{ include.src | relative_url }}}}"{poster}></{tag}>'
        "{% if include.title %}<figcaption>{{ include.title | escape }}</figcaption>{% endif %}"
        "</figure>"
    )


_YOUTUBE = _film("YouTube", "https://www.youtube.com/watch?v=")
_VIMEO = _film("Vimeo", "https://vimeo.com/")
_BILIBILI = _film("bilibili", "https://www.bilibili.com/video/")
_POSTER = '{% if include.poster %} poster="{{ include.poster | relative_url }}"{% endif %}'

INCLUDES: Mapping[str, str] = {
    # Minimal Mistakes
    "figure": _FIGURE,
    "gallery": _GALLERY,
    "feature_row": _FEATURES,
    "toc": "",
    "video": f'{{% if include.provider == "vimeo" %}}{_VIMEO}'
    f'{{% elsif include.provider == "bilibili" %}}{_BILIBILI}{{% else %}}{_YOUTUBE}{{% endif %}}',
    # Chirpy
    "embed/youtube.html": _YOUTUBE,
    "embed/bilibili.html": _BILIBILI,
    "embed/twitch.html": _film("Twitch", "https://www.twitch.tv/videos/"),
    "embed/spotify.html": _film("Spotify", "https://open.spotify.com/track/"),
    "embed/video.html": _media("video", _POSTER),
    "embed/audio.html": _media("audio"),
    # TeXt
    "extensions/youtube.html": _YOUTUBE,
    "extensions/vimeo.html": _VIMEO,
}
"""Liquid of each include, by its name in posts."""
