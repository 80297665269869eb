// Shows the plots that were drawn as the text of an SVG, when they have settled.
window.drawn.then((found) => new Promise((then) => setTimeout(then, 1000, found))).then((found) => {
  // The plots may be in layouts.
  const plots = (view) => view.canvas_view ? [view]
    : [...(view.children?.() ?? view.child_views ?? [])].flatMap(plots);
  const views = found.flatMap((each) => (each.roots ? [...each.roots] : [each]));
  const layers = views.flatMap(plots).map((view) => view.export("png", false).canvas)
    .filter((each) => each.width && each.height);
  if (!layers.length) return;
  const width = Math.max(...layers.map((each) => each.width));
  const height = layers.reduce((sum, each) => sum + each.height, 0);
  let top = 0;
  const images = layers.map((each) => {
    const place = `y="${top}" width="${each.width}" height="${each.height}"`;
    top += each.height;
    return `<image href="${each.toDataURL()}" ${place}/>`;
  });
  const shown = document.createElement("textarea");
  const size = `width="${width}" height="${height}"`;
  shown.textContent = `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${images.join("")}</svg>`;
  document.body.replaceChildren(shown);
});
