module.exports = {
  layout: "post.njk",
  permalink: (data) => `/articles/${data.page.fileSlug}/index.html`,
};
