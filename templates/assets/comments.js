// Shows the comments of a post: a frame of their service, or Disqus, whose script makes its own.
// Loaded at the reader's request.
(() => {
  "use strict";
  const section = document.querySelector(".comments");
  const { service, frame: address } = section.dataset;
  if (service === "disqus") {
    const { term, url } = section.dataset;
    window.disqus_config = function () {
      this.page.identifier = term;
      this.page.url = new URL(url, location).href;
    };
    const thread = document.createElement("div");
    thread.id = "disqus_thread";
    section.querySelector("p").replaceWith(thread);
    const script = document.createElement("script");
    script.src = address;
    document.head.append(script);
    return;
  }
  const { origin } = new URL(address);
  const key = `${service}-session`;
  const names = {
    giscus: { session: "giscus", dark: "dark", light: "light", system: "preferred_color_scheme" },
    utterances: { session: "utterances", dark: "github-dark", light: "github-light", system: "preferred-color-scheme" },
  }[service];

  // After signing in, the URL has a session.
  const here = new URL(location.href);
  let session = here.searchParams.get(names.session);
  here.searchParams.delete(names.session);
  try {
    if (session) localStorage.setItem(key, session);
    else session = localStorage.getItem(key);
  } catch { /* without storage, the session ends with the page */ }
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
    if (giscus?.signOut) { try { localStorage.removeItem(key); } catch { /* nothing is stored */ } }
  });
  section.querySelector("p").replaceWith(frame);
})();
