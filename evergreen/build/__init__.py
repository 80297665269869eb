"""Build a blog: read posts, run their code, render pages, assemble and publish the site."""
