import rss from "@astrojs/rss";
import { items, posts } from "../posts.mjs";

export const GET = async ({ site }) =>
  rss({ title: "Bench", description: "Bench", site, items: items(await posts()) });
