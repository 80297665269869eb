"""A module beside the posts is no post."""
