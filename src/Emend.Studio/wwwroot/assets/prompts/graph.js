// The history of a prompt as a picture: versions from left to right, a lane for each branch. Every node is a link; arrow keys walk along the edges.

const space = 'http://www.w3.org/2000/svg';
const column = 172, lane = 136, left = 26, top = 34, most = 22;

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS(space, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(key, value);
  element.append(...children.filter(child => child !== null && child !== false));
  return element;
}

const short = words => words.length <= most ? words : `${words.slice(0, most - 1)}…`;
export const figure = metric => `${metric.name} ${Math.round(metric.value * 1000) / 1000}`;

/** Everything that is known of a version, as a sentence for those who do not see the picture. */
function spoken(version, labels) {
  return [`Version ${version.number} on ${version.branch}`, version.parents.length ? `from ${version.parents.join(' and ')}` : 'the first',
    version.restores && `brings back ${version.restores}`, version.note, labels.length && `labels ${labels.join(', ')}`, version.tags.length && `tags ${version.tags.join(', ')}`,
    version.metrics.length && version.metrics.map(figure).join(', ')].filter(Boolean).join('; ');
}

export function graph(prompt, pick) {
  const lanes = [...new Set([...prompt.branches.map(branch => branch.name), ...prompt.versions.map(version => version.branch)])];
  const place = new Map(prompt.versions.map((version, i) => [version.number, { x: left + 20 + i * column, y: top + 24 + lanes.indexOf(version.branch) * lane }]));
  const width = left * 2 + (prompt.versions.length - 1) * column + 150, height = top + lanes.length * lane;
  const nodes = new Map();
  const edge = (version, parent, second) => {
    // A branch leaves its lane behind its first parent, a merge comes in before the version: between columns, where no words are.
    const a = place.get(parent), b = place.get(version.number), turn = second ? b.x - 60 : a.x + column - 56;
    return svg('path', { class: second ? 'edge second' : 'edge', d: a.y === b.y ? `M${a.x} ${a.y}H${b.x}` : `M${a.x} ${a.y}H${turn}C${turn + 24} ${a.y} ${turn + 12} ${b.y} ${turn + 36} ${b.y}H${b.x}` });
  };
  const node = version => {
    const { x, y } = place.get(version.number), labels = prompt.labels.filter(label => label.number === version.number).map(label => label.name);
    const lines = [[version.note, ''], [labels.join(' '), 'at'], [version.tags.join(' '), 'soft'], [version.metrics.map(figure).join(' '), 'soft']].filter(([words]) => words).slice(0, 4);
    const link = svg('a', { href: `#version-${version.number}`, 'aria-label': spoken(version, labels), 'data-version': version.number },
      svg('circle', { cx: x, cy: y, r: 16 }),
      svg('text', { x, y: y + 4.5, 'text-anchor': 'middle', 'font-weight': 650 }, String(version.number)));
    // What stands below the circle is a part of the link's name already.
    const words = svg('g', { class: 'words', 'aria-hidden': 'true' }, ...lines.map(([line, kind], i) => svg('text', { x: x - 16, y: y + 34 + i * 16, class: kind || null }, short(line))));
    link.addEventListener('click', event => { event.preventDefault(); pick(version.number); });
    words.addEventListener('click', () => pick(version.number));
    link.addEventListener('keydown', event => walk(event, version));
    nodes.set(version.number, link);
    return svg('g', {}, link, words);
  };

  function walk(event, version) {
    const children = prompt.versions.filter(other => other.parents.includes(version.number)).map(other => other.number);
    const to = { ArrowLeft: version.parents[0], ArrowUp: version.parents[1] ?? version.parents[0], ArrowRight: children[0], ArrowDown: children.at(-1) }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    nodes.get(to).focus();
  }

  const element = svg('svg', { class: 'graph', role: 'group', 'aria-label': `History of ${prompt.name}: ${prompt.versions.length} versions on ${lanes.length} branches. The table below says the same.`, width, height, viewBox: `0 0 ${width} ${height}` },
    ...lanes.map((name, i) => svg('g', {}, svg('rect', { class: 'lane', x: 0, y: top - 22 + i * lane, width, height: lane - 8, rx: 8 }), svg('text', { class: 'lane-name', x: 8, y: top - 8 + i * lane }, name))),
    ...prompt.versions.flatMap(version => version.parents.map((parent, i) => edge(version, parent, i > 0))),
    ...prompt.versions.map(node));
  return { element, current: number => nodes.forEach((link, version) => version === number ? link.setAttribute('aria-current', 'true') : link.removeAttribute('aria-current')) };
}
