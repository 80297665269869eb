(() => {
  "use strict";
  const chart = document.getElementById("chart");
  const spec = JSON.parse(chart.dataset.spec);
  // The frame is as high as its chart, so a chart as high as the frame needs a height.
  if (spec.height === "container") chart.style.height = "320px";
  const tell = () => parent.postMessage({ chartHeight: chart.getBoundingClientRect().bottom + 8 }, "*");
  vegaEmbed(chart, spec, { actions: false }).then(tell, (error) => {
    chart.textContent = error.message;
    tell();
  });
})();
