(() => {
  "use strict";
  const chart = document.getElementById("chart");
  const spec = JSON.parse(chart.dataset.spec);
  const tell = () => parent.postMessage({ chartHeight: document.documentElement.scrollHeight }, "*");
  vegaEmbed(chart, spec, { actions: false }).then(tell, (error) => {
    chart.textContent = error.message;
    tell();
  });
})();
