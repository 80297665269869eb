(() => {
  "use strict";
  const chart = document.getElementById("chart");
  const spec = JSON.parse(chart.dataset.spec);
  const tell = () => parent.postMessage({ chartHeight: chart.getBoundingClientRect().bottom + 8 }, "*");
  vegaEmbed(chart, spec, { actions: false }).then(tell, (error) => {
    chart.textContent = error.message;
    tell();
  });
})();
