"""What a build remembers: `memory` for each page, `snapshot` for the blog as a whole."""
