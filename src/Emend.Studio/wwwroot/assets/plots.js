// Small plots as SVG: lines over time, and values with their intervals. No colour alone says which line is which: each has a mark of its own
// and a name beside it. They are drawn again when their place changes its width, so that letters keep their size.

const space = 'http://www.w3.org/2000/svg';
const height = 240, left = 52, right = 16, top = 12, bottom = 34;
export const most = 8;

function shape(name, settings, ...children) {
  const made = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(settings)) made.setAttribute(key, typeof value === 'number' ? Math.round(value * 100) / 100 : value);
  made.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return made;
}

/** About so many round numbers from low to high. */
export function ticks(low, high, about = 5) {
  if (!(high > low)) return [low];
  const rough = (high - low) / about, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(size => size >= rough);
  const all = [];
  for (let n = Math.ceil(low / step - 1e-9); n * step <= high + step * 1e-9; n++) all.push(n * step);
  return all;
}

/** A mark of its own for each line: circle, square, triangle, diamond, then the same hollow. */
function mark(kind, x, y, settings = {}) {
  const r = 3.5, hollow = kind >= 4 ? ' hollow' : '', all = { class: `mark series-${kind % most}${hollow}`, ...settings };
  if (kind % 4 === 0) return shape('circle', { cx: x, cy: y, r, ...all });
  if (kind % 4 === 1) return shape('rect', { x: x - r, y: y - r, width: 2 * r, height: 2 * r, ...all });
  const points = kind % 4 === 2 ? [[x, y - r - 1], [x + r + 1, y + r], [x - r - 1, y + r]] : [[x, y - r - 1], [x + r + 1, y], [x, y + r + 1], [x - r - 1, y]];
  return shape('polygon', { points: points.map(point => point.map(value => value.toFixed(1)).join(',')).join(' '), ...all });
}

function svg(width, size, label, ...children) {
  return shape('svg', { class: 'plot', viewBox: `0 0 ${width} ${size}`, width, height: size, role: 'img', 'aria-label': label }, ...children);
}

/** Draws now, and again when the place gets another width. */
function keepDrawn(place, draw) {
  let width = 0;
  const look = () => {
    const now = Math.max(260, Math.floor(place.clientWidth));
    if (now === width) return;
    width = now;
    draw(now);
  };
  new ResizeObserver(look).observe(place);
  return place;
}

const number = value => Math.abs(value) >= 10000 ? value.toExponential(1) : String(Number(value.toPrecision(3))).replace('-', '−');

/**
 * Lines: series [{name, points: [{x, y, low?, high?}]}], x and y numbers. Settings: label (for screen readers), xName, yName, xShown, yShown
 * (numbers as text), zero (y begins at 0), marks (each point has one).
 */
export function lines(series, { label, xName = '', yName = '', xShown = number, yShown = number, zero = false, marks = true }) {
  const place = document.createElement('div');
  place.className = 'plot-place';
  const shown = series.slice(0, most).filter(line => line.points.length > 0);
  const points = shown.flatMap(line => line.points);
  if (points.length === 0) {
    place.textContent = 'Nothing to draw yet.';
    return place;
  }
  const xs = points.map(point => point.x), ys = points.flatMap(point => [point.y, point.low ?? point.y, point.high ?? point.y]);
  let [x0, x1, y0, y1] = [min(xs), max(xs), zero ? Math.min(0, min(ys)) : min(ys), max(ys)];
  if (x0 === x1) [x0, x1] = [x0 - 1, x1 + 1];
  if (y0 === y1) [y0, y1] = [y0 - (zero ? 0 : Math.abs(y0) * 0.1 || 1), y1 + (Math.abs(y1) * 0.1 || 1)];
  const drawing = document.createElement('div');
  place.append(drawing, legend(shown));
  return keepDrawn(place, width => {
    const atX = x => left + (x - x0) / (x1 - x0) * (width - left - right), atY = y => height - bottom - (y - y0) / (y1 - y0) * (height - top - bottom);
    const xTicks = [...new Set(xs)].length <= 3 ? [...new Set(xs)] : ticks(x0, x1, width < 420 ? 3 : 6);
    drawing.replaceChildren(svg(width, height, label,
      ticks(y0, y1, 4).map(y => [shape('line', { class: 'grid', x1: left, x2: width - right, y1: atY(y), y2: atY(y) }), shape('text', { class: 'tick', x: left - 6, y: atY(y) + 4, 'text-anchor': 'end' }, yShown(y))]),
      xTicks.map(x => shape('text', { class: 'tick', x: Math.min(width - right - 4, atX(x)), y: height - bottom + 18, 'text-anchor': 'middle' }, xShown(x))),
      shape('line', { class: 'axis', x1: left, x2: width - right, y1: height - bottom, y2: height - bottom }),
      xName && shape('text', { class: 'tick', x: width - right, y: height - 3, 'text-anchor': 'end' }, xName), yName && shape('text', { class: 'tick', x: 2, y: 11 }, yName),
      shown.map((line, k) => [
        shape('polyline', { class: `line series-${k}`, points: line.points.map(point => `${atX(point.x).toFixed(1)},${atY(point.y).toFixed(1)}`).join(' ') }),
        marks && line.points.map(point => [point.low !== undefined && point.low !== null && shape('line', { class: `whisker series-${k}`, x1: atX(point.x), x2: atX(point.x), y1: atY(point.low), y2: atY(point.high) }), mark(k, atX(point.x), atY(point.y))]),
      ])));
  });
}

const min = values => values.reduce((a, b) => Math.min(a, b)), max = values => values.reduce((a, b) => Math.max(a, b));

function legend(series) {
  const list = document.createElement('ul');
  list.className = 'legend';
  series.forEach((line, k) => {
    const item = document.createElement('li'), name = document.createElement('bdi');
    name.textContent = line.name;
    item.append(shape('svg', { width: 14, height: 14, viewBox: '0 0 14 14', 'aria-hidden': 'true' }, mark(k, 7, 7)), name);
    list.append(item);
  });
  return list;
}

/** Values with intervals, one below the other: rows [{name, value, low, high}]. Settings as of lines. */
export function intervals(rows, { label, shown = number, from = null, to = null, line = null }) {
  const place = document.createElement('div');
  place.className = 'plot-place';
  const known = rows.filter(row => row.value !== null);
  if (known.length === 0) {
    place.textContent = 'Nothing to draw yet.';
    return place;
  }
  const values = known.flatMap(row => [row.value, row.low ?? row.value, row.high ?? row.value, ...(line === null ? [] : [line])]);
  const low = from ?? min(values);
  let high = to ?? max(values);
  if (high === low) high = low + 1;
  return keepDrawn(place, width => {
    const names = Math.min(180, width * 0.38), size = known.length * 26 + 30, at = x => names + 12 + (x - low) / (high - low) * (width - names - 30);
    const fit = name => name.length * 7 <= names ? name : `${name.slice(0, Math.floor(names / 7) - 1)}…`;
    place.replaceChildren(svg(width, size, label,
      ticks(low, high, 4).map(x => [shape('line', { class: 'grid', x1: at(x), x2: at(x), y1: 4, y2: size - 22 }), shape('text', { class: 'tick', x: at(x), y: size - 6, 'text-anchor': 'middle' }, shown(x))]),
      line !== null && shape('line', { class: 'axis', x1: at(line), x2: at(line), y1: 4, y2: size - 22 }),
      known.map((row, k) => [
        shape('text', { class: 'name', x: names, y: k * 26 + 22, 'text-anchor': 'end' }, fit(row.name), shape('title', {}, row.name)),
        row.low !== null && row.low !== undefined && shape('line', { class: 'whisker series-0', x1: at(row.low), x2: at(row.high), y1: k * 26 + 18, y2: k * 26 + 18 }), mark(0, at(row.value), k * 26 + 18)])));
  });
}
