// The comments of a post, in a frame of the service that keeps them. It is loaded when a reader asks.
(() => {
  "use strict";
  const section = document.querySelector(".comments");
  const { service, frame: address } = section.dataset;
  const { origin } = new URL(address);
  const key = `${service}-session`;
  const names = {
    giscus: { session: "giscus", dark: "dark", light: "light", system: "preferred_color_scheme" },
    utterances: { session: "utterances", dark: "github-dark", light: "github-light", system: "preferred-color-scheme" },
  }[service];

  // After signing in a reader comes back with a session in the address.
  const here = new URL(location.href);
  let session = here.searchParams.get(names.session);
  here.searchParams.delete(names.session);
  try {
    if (session) localStorage.setItem(key, session);
    else session = localStorage.getItem(key);
  } catch { /* signed in for as long as the page is open */ }
  if (here.href !== location.href) history.replaceState(null, "", here.href);
  here.hash = "";

  const url = new URL(address);
  url.searchParams.set("origin", service === "giscus" ? here.href : location.origin);
  url.searchParams.set("theme", names[document.documentElement.dataset.theme ?? "system"]);
  url.searchParams.set("session", session ?? "");
  if (service === "utterances") url.searchParams.set("url", here.href);

  const frame = document.createElement("iframe");
  frame.title = section.querySelector("h2").textContent;
  frame.src = url;
  addEventListener("message", (event) => {
    if (event.origin !== origin) return;
    const { giscus, type, height } = event.data ?? {};
    const size = giscus?.resizeHeight ?? (type === "resize" ? height : 0);
    if (size) frame.height = size;
    if (giscus?.signOut) { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } }
  });
  section.querySelector("p").replaceWith(frame);
})();
