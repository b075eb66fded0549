// Draws each chart of a page from the table that stands with it, so that both say the same.
(() => {
  "use strict";

  const lang = document.documentElement.lang;
  const styles = getComputedStyle(document.documentElement);
  const tone = (name) => styles.getPropertyValue(name).trim();
  const page = getComputedStyle(document.body);
  const NARROW = 480;
  const SIZE = 12;
  const short = new Intl.NumberFormat(lang, { notation: "compact", maximumFractionDigits: 1 });

  const inWon = lang === "ko"
    ? { format: (value) => `${short.format(value)}${value ? " 원" : "원"}` }
    : new Intl.NumberFormat(lang, { notation: "compact", maximumFractionDigits: 1, style: "currency", currency: "KRW", currencyDisplay: "code" });

  Chart.defaults.font.family = page.fontFamily;
  Chart.defaults.font.size = SIZE;
  Chart.defaults.color = tone("--hs-quiet");
  Chart.defaults.animation = false; // nothing moves, whoever asks
  Chart.defaults.maintainAspectRatio = false;

  // A hatch for what is told without its source.
  function hatch() {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const pen = tile.getContext("2d");
    pen.fillStyle = tone("--hs-white");
    pen.fillRect(0, 0, 6, 6);
    pen.strokeStyle = tone("--hs-quiet");
    pen.beginPath();
    pen.moveTo(-1, 7);
    pen.lineTo(7, -1);
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  }

  // What the table says: its rows, and a series for each column that has a tone.
  function read(table) {
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...table.tBodies[0].rows];
    const series = heads.flatMap((head, column) => {
      if (!head.dataset.tone) return [];
      const cells = rows.map((row) => row.cells[column]);
      return [{
        name: head.textContent.trim(),
        short: head.dataset.short,
        tone: tone(head.dataset.tone),
        dash: head.dataset.dash,
        values: cells.map((cell) => (cell?.dataset.value === undefined ? null : Number(cell.dataset.value))),
        words: cells.map((cell) => cell?.textContent.trim() ?? ""),
      }];
    });
    const names = rows.map((row) => row.cells[0].textContent.trim());
    const now = rows.findIndex((row) => row.cells[0].dataset.now);
    return { names, series, now, nowWords: rows[now]?.cells[0].dataset.now };
  }

  // The day that is asked about, as a dotted line with its word.
  const asOf = {
    id: "as-of",
    afterDatasetsDraw(chart, _args, { now, words }) {
      if (!(now >= 0)) return;
      const { ctx, chartArea: { top, bottom, right } } = chart;
      const x = chart.scales.x.getPixelForValue(now);
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = tone("--hs-accent");
      ctx.lineWidth = 2;
      ctx.setLineDash([2, 3]);
      ctx.beginPath();
      ctx.moveTo(x, top);
      ctx.lineTo(x, bottom);
      ctx.stroke();
      ctx.font = `700 ${SIZE}px ${page.fontFamily}`;
      ctx.textAlign = x > right - 60 ? "right" : "center";
      ctx.fillText(words, x, top - 6);
      ctx.restore();
    },
  };

  // The name of each line at its end, moved apart where they would stand on each other.
  const names = {
    id: "names",
    afterDatasetsDraw(chart) {
      const { ctx, chartArea: { top, bottom, right } } = chart;
      const labels = chart.data.datasets.flatMap((set, place) => {
        const last = set.data.findLastIndex((value) => value !== null);
        if (last < 0) return [];
        const point = chart.getDatasetMeta(place).data[last];
        return [{ y: point.y, text: chart.width < NARROW ? set.short : set.label, tone: set.borderColor }];
      }).sort((a, b) => a.y - b.y);
      const step = SIZE + 3;
      labels.forEach((label, n) => { label.y = Math.max(label.y, n ? labels[n - 1].y + step : top); });
      for (let n = labels.length - 1; n >= 0; n -= 1) {
        const limit = n === labels.length - 1 ? bottom : labels[n + 1].y - step;
        labels[n].y = Math.min(labels[n].y, limit);
      }
      ctx.save();
      ctx.font = `700 ${SIZE}px ${page.fontFamily}`;
      ctx.textBaseline = "middle";
      for (const label of labels) {
        ctx.fillStyle = label.tone;
        ctx.fillText(label.text, right + 8, label.y);
      }
      ctx.restore();
    },
  };

  // A stage of which nothing was told gets words instead of a bar.
  const unknown = {
    id: "unknown",
    afterDatasetsDraw(chart, _args, { words }) {
      const { ctx, chartArea: { left }, scales: { y } } = chart;
      ctx.save();
      ctx.font = `400 ${SIZE}px ${page.fontFamily}`;
      ctx.textBaseline = "middle";
      chart.data.labels.forEach((_name, n) => {
        if (chart.data.datasets.some((set) => set.data[n] !== null)) return;
        const wide = ctx.measureText(words).width + 12;
        ctx.fillStyle = hatch();
        ctx.fillRect(left + 4, y.getPixelForValue(n) - 10, wide + 8, 20);
        ctx.fillStyle = tone("--hs-white");
        ctx.fillRect(left + 8, y.getPixelForValue(n) - 8, wide, 16);
        ctx.fillStyle = tone("--hs-quiet");
        ctx.fillText(words, left + 14, y.getPixelForValue(n));
      });
      ctx.restore();
    },
  };

  const grid = { color: tone("--hs-grid"), drawTicks: false };
  const none = { display: false };

  // The axis of the numbers, from zero, with their unit.
  function numbers(table) {
    const shown = table.dataset.unit === "won" ? inWon : short;
    return { beginAtZero: true, grid, border: none, ticks: { maxTicksLimit: 5, precision: 0, padding: 6, callback: (value) => shown.format(value) } };
  }

  function tips(told) {
    return { callbacks: { label: (at) => `${at.dataset.label}: ${told.series[at.datasetIndex].words[at.dataIndex]}` } };
  }

  function widest(told, narrow) {
    const pen = document.createElement("canvas").getContext("2d");
    pen.font = `700 ${SIZE}px ${page.fontFamily}`;
    return Math.max(0, ...told.series.map((it) => pen.measureText(narrow ? it.short : it.name).width));
  }

  function lines(told, table, width) {
    const steps = table.dataset.draw === "steps";
    return {
      type: "line",
      data: {
        labels: told.names,
        datasets: told.series.map((it) => ({
          label: it.name,
          short: it.short,
          data: it.values,
          borderColor: it.tone,
          backgroundColor: it.tone,
          borderDash: it.dash ? it.dash.split(" ").map(Number) : [],
          borderWidth: 2,
          stepped: steps,
          spanGaps: false,
          pointRadius: (at) => (it.values.filter((value) => value !== null).length === 1 ? 4 : 0),
          pointHitRadius: 12,
        })),
      },
      options: {
        interaction: { mode: "index", intersect: false },
        layout: { padding: { top: 20, right: widest(told, width < NARROW) + 12 } },
        scales: {
          x: { grid: none, border: { color: tone("--hs-quiet") }, ticks: { maxTicksLimit: width < NARROW ? 4 : 5, maxRotation: 0, autoSkipPadding: 12 } },
          y: numbers(table),
        },
        plugins: { legend: none, tooltip: tips(told), "as-of": { now: told.now, words: told.nowWords } },
      },
      plugins: [asOf, names],
    };
  }

  function bars(told, table) {
    return {
      type: "bar",
      data: {
        labels: told.names,
        datasets: told.series.map((it) => ({
          label: it.name,
          data: it.values,
          backgroundColor: it.dash ? hatch() : it.tone,
          borderColor: tone("--hs-data-2"),
          borderWidth: 1,
          barThickness: 20,
        })),
      },
      options: {
        indexAxis: "y",
        scales: { x: { ...numbers(table), stacked: true }, y: { stacked: true, grid: none, border: none, ticks: { color: tone("--hs-text") } } },
        plugins: { legend: none, tooltip: tips(told), unknown: { words: table.dataset.unknown } },
      },
      plugins: [unknown],
    };
  }

  function draw(place) {
    const figure = place.closest("figure");
    const table = figure.querySelector("table");
    const told = read(table);
    const canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-labelledby", `${place.dataset.chart}-title`);
    canvas.setAttribute("aria-describedby", `${place.dataset.chart}-words`);
    place.hidden = false;
    place.classList.toggle("hs-chart-bars", table.dataset.draw === "bars");
    place.append(canvas);
    const kind = table.dataset.draw === "bars" ? bars : lines;
    const chart = new Chart(canvas, kind(told, table, place.clientWidth));
    figure.querySelector("details").open = false;
    return chart;
  }

  const charts = [];
  // The names on the chart need the fonts of the page.
  document.fonts.ready.then(() => {
    for (const place of document.querySelectorAll("[data-chart]")) charts.push(draw(place));
    document.body.dataset.charts = charts.length;
  });
  addEventListener("beforeprint", () => charts.forEach((chart) => chart.resize(640, 280)));
  addEventListener("afterprint", () => charts.forEach((chart) => chart.resize()));
})();
