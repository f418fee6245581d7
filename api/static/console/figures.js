// Tables that sort, and charts; without this script the same numbers stand in tables.
(() => {
  const number = (cell) => (cell.dataset.value === '' ? -1 : Number(cell.dataset.value));

  function sort(table, place, heading) {
    const falling = heading.getAttribute('aria-sort') !== 'descending' && heading.classList.contains('number')
      || heading.getAttribute('aria-sort') === 'ascending';
    for (const other of heading.parentElement.children) other.removeAttribute('aria-sort');
    heading.setAttribute('aria-sort', falling ? 'descending' : 'ascending');
    const body = table.tBodies[0];
    const rows = [...body.rows].sort((one, other) => {
      const [a, b] = [one.cells[place], other.cells[place]];
      const order = heading.classList.contains('number')
        ? number(a) - number(b)
        : a.dataset.value.localeCompare(b.dataset.value, 'zh-CN');
      return falling ? -order : order;
    });
    body.append(...rows);
  }

  for (const table of document.querySelectorAll('table[data-sortable]')) {
    [...table.tHead.rows[0].cells].forEach((heading, place) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...heading.childNodes);
      button.addEventListener('click', () => sort(table, place, heading));
      heading.append(button);
    });
  }

  // Dark and light, and told apart by their place and their words too: contrast of 3:1 against the paper.
  const COLOURS = ['#0b5a3c', '#1a6fd0'];
  const ROW = 26;

  function draw(place) {
    const { unit, parts, series } = JSON.parse(place.dataset.chart);
    place.style.height = `${40 + parts.length * ROW * series.length}px`;
    const chart = window.echarts.init(place);
    chart.setOption({
      animation: false,
      aria: { enabled: false },
      grid: { left: 8, right: 64, top: 8, bottom: 8, containLabel: true },
      xAxis: { type: 'value', max: unit === '%' ? 100 : null, minInterval: 1, axisLabel: { formatter: `{value}${unit}`, hideOverlap: true } },
      yAxis: { type: 'category', data: parts, inverse: true, axisTick: { show: false } },
      series: series.map(({ name, values }, index) => ({
        type: 'bar',
        name,
        data: values,
        itemStyle: { color: COLOURS[index] },
        label: { show: true, position: 'right', color: '#1c2733', formatter: `{c}${unit}` },
      })),
    });
    place.setAttribute('role', 'img');
    place.setAttribute('aria-label', `${place.dataset.title}。${parts.map((part, index) => (
      `${part}：${series.map((one) => `${one.name}${one.values[index]}${unit}`).join('，')}`)).join('；')}`);
    return chart;
  }

  if (!window.echarts) return;
  const charts = [...document.querySelectorAll('[data-chart]')].map(draw);
  window.addEventListener('resize', () => charts.forEach((chart) => chart.resize()));
})();
