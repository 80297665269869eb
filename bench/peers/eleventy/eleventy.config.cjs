module.exports = async (config) => {
  const { rssPlugin } = await import("@11ty/eleventy-plugin-rss").then((m) => ({ rssPlugin: m.default }));
  const { default: highlight } = await import("@11ty/eleventy-plugin-syntaxhighlight");
  const { default: footnote } = await import("markdown-it-footnote");
  config.addPlugin(rssPlugin);
  config.addPlugin(highlight);
  config.amendLibrary("md", (md) => md.use(footnote));
  config.addFilter("newest", (items, count) => items.slice(-count).reverse());
  return { markdownTemplateEngine: false };
};
