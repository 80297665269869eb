(() => {
  "use strict";
  const chart = document.getElementById("chart");
  const changed = () => {
    for (const handle of chart.querySelectorAll(".noUi-handle:not([aria-label])")) {
      const label = handle.closest(".jupyter-widgets")?.querySelector("label")?.textContent.trim();
      handle.setAttribute("aria-label", label || document.title);
    }
    parent.postMessage({ chartHeight: chart.getBoundingClientRect().bottom + 8 }, "*");
  };
  window.widgets.load_ipython_extension().then(() => {
    document.getElementById("help_menu").closest("ul").remove();
    new MutationObserver(changed).observe(chart, { childList: true, subtree: true });
  });
})();
