(() => {
  "use strict";
  const chart = document.getElementById("chart");
  const { data, layout, config, frames } = JSON.parse(chart.dataset.spec);
  const shown = { ...layout };
  if (!shown.width) shown.autosize = true;
  const options = { displaylogo: false, displayModeBar: false, ...config, responsive: true };
  delete options.plotlyServerURL;
  Plotly.newPlot(chart, data, { height: 450, ...shown }, options).then(() => {
    if (frames) Plotly.addFrames(chart, frames);
    parent.postMessage({ chartHeight: chart.scrollHeight }, "*");
  });
})();
