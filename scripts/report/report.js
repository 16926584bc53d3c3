/* Turns the pictures of the charts into charts that answer the pointer. The page reads well
   without this script; a chart that fails keeps its picture. */
"use strict";
(function () {
  var charts = JSON.parse(document.getElementById("charts").textContent);
  var phone = window.matchMedia("(max-width: 640px)");
  // the page's own style dresses the tooltip, which holds texts only
  var options = {
    mode: "vega-lite",
    actions: false,
    ast: true,
    renderer: "svg",
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true, theme: "report" },
  };

  // turn: each drawing replaces the one before it, also when the width changes meanwhile
  function draw(box) {
    var chart = charts[box.dataset.chart];
    var live = box.querySelector(".live");
    var spec = Object.assign({}, phone.matches ? chart.narrow : chart.wide);
    spec.datasets = { rows: chart.rows };
    live.hidden = false;
    box.classList.add("drawing-now");
    return window
      .vegaEmbed(live, spec, options)
      .then(function (result) {
        box.classList.remove("drawing-now");
        box.classList.add("is-live");
        box.view = result.view;
      })
      .catch(function (error) {
        box.classList.remove("drawing-now");
        live.hidden = true;
        console.error("chart " + box.dataset.chart + ": " + error);
      });
  }

  function drawAll() {
    var boxes = Array.from(document.querySelectorAll("[data-chart]"));
    return boxes.reduce(function (before, box) {
      return before.then(function () {
        if (box.view) box.view.finalize();
        return draw(box);
      });
    }, Promise.resolve());
  }

  var done = drawAll();
  phone.addEventListener("change", function () {
    done = done.then(drawAll);
  });
  done.then(function () {
    document.documentElement.dataset.ready = "true";
  });

  // on paper, every table and list is open; afterwards each is as the reader left it
  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.from(document.querySelectorAll("details.kind:not([open])"));
    closed.forEach(function (details) {
      details.open = true;
    });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (details) {
      details.open = false;
    });
  });
})();
