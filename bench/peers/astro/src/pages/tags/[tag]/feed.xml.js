import rss from "@astrojs/rss";
import { items, tags } from "../../../posts.mjs";

export const getStaticPaths = async () =>
  [...(await tags())].map(([tag, list]) => ({ params: { tag }, props: { list } }));
export const GET = ({ params, props, site }) =>
  rss({ title: params.tag, description: params.tag, site, items: items(props.list) });
