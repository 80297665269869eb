"""What machines read of a site: feeds, the sitemap, the search index."""
