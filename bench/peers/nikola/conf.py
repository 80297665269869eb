BLOG_AUTHOR = BLOG_TITLE = BLOG_DESCRIPTION = "Bench"
BLOG_EMAIL = "bench@bench.example"
SITE_URL = "https://bench.example/"
DEFAULT_LANG = "en"
TIMEZONE = "UTC"
THEME = "base"
POSTS = (("posts/*.md", "posts", "post.tmpl"),)
PAGES = ()
COMPILERS = {"markdown": (".md",)}
FILE_METADATA_REGEXP = r"(?P<date>\d{4}-\d{2}-\d{2})-(?P<slug>.*)\.md"
MARKDOWN_EXTENSIONS = [
    "markdown.extensions.fenced_code",
    "markdown.extensions.codehilite",
    "markdown.extensions.extra",
]
INDEX_DISPLAY_POST_COUNT = 10
FEED_LENGTH = 10
GENERATE_ATOM = False
COPY_SOURCES = False
COMMENT_SYSTEM = ""
