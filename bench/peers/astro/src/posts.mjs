import { getCollection } from "astro:content";

export const slug = (post) => post.id.slice(11);
export const posts = async () =>
  (await getCollection("posts")).sort((one, other) => (one.id < other.id ? 1 : -1));
export const tags = async () => {
  const found = new Map();
  for (const post of await posts())
    for (const tag of post.data.tags) found.set(tag, [...(found.get(tag) ?? []), post]);
  return found;
};
export const items = (list) =>
  list.slice(0, 10).map((post) => ({
    title: post.data.title,
    pubDate: new Date(post.data.date),
    link: `/articles/${slug(post)}/`,
    content: post.rendered.html,
  }));
