(() => {
  "use strict";
  const spec = JSON.parse(document.getElementById("spec").textContent);
  const chart = document.getElementById("chart");
  const tell = () => parent.postMessage({ chartHeight: document.documentElement.scrollHeight }, "*");
  vegaEmbed(chart, spec, { actions: false }).then(tell, (error) => {
    chart.textContent = error.message;
    tell();
  });
})();
