(() => {
  "use strict";
  const chart = document.getElementById("chart");
  const docs = JSON.parse(chart.dataset.spec);
  const items = Object.entries(docs).map(([docid, doc]) => {
    const ids = Array.isArray(doc.roots) ? doc.roots.map((root) => root.id) : doc.roots.root_ids;
    const roots = {};
    for (const id of ids) {
      const place = document.createElement("div");
      place.id = roots[id] = `root-${id}`;
      chart.append(place);
    }
    return { docid, roots, root_ids: ids };
  });
  const tell = () => parent.postMessage({ chartHeight: chart.getBoundingClientRect().bottom + 8 }, "*");
  const failed = (error) => { chart.textContent = error.message; return []; };
  // What is drawn, for the still picture.
  window.drawn = Bokeh.embed.embed_items(docs, items).catch(failed).then((found) => { tell(); return found; });
  new ResizeObserver(tell).observe(chart);
})();
