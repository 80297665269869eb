// What opens over the page, loaded when it is first wanted: the search, a picture, cards of notes.

// Returns the search's dialog, made of the search page's form. Throws if there is none.
async function searchDialog(address) {
  const response = await fetch(address);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const box = page.querySelector(".search-box");
  const written = box.querySelector("script");
  const script = document.createElement("script");
  for (const { name, value } of written.attributes) script.setAttribute(name, value);
  written.remove();
  const dialog = document.createElement("dialog");
  dialog.className = "search-dialog";
  dialog.setAttribute("aria-label", page.querySelector("h1").textContent);
  dialog.append(document.adoptNode(box));
  const style = box.querySelector("link");
  const styled = style && new Promise((done) => { style.onload = style.onerror = done; });
  document.body.append(dialog);
  box.append(script);
  await styled;
  dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });
  return dialog;
}

let search;
export async function openSearch(address) {
  const dialog = await (search ??= searchDialog(address));
  if (!dialog.open) dialog.showModal();
  dialog.querySelector("[name=q]").select();
}

export function enlarge(link, label) {
  const box = document.createElement("dialog");
  const close = document.createElement("button");
  box.className = "lightbox";
  close.type = "button";
  close.setAttribute("aria-label", label);
  close.append(Object.assign(document.createElement("img"), { src: link.href, alt: link.querySelector("img").alt }));
  close.addEventListener("click", () => box.close());
  box.append(close);
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
}

let cards = false;
export function loadCards(texts) {
  if (cards) return;
  cards = true;
  const script = Object.assign(document.createElement("script"), { src: texts.script });
  Object.assign(script.dataset, texts);
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: texts.style }), script);
}
