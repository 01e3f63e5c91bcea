import {h} from './dom.js';

const NODE_W = 230, NODE_H = 118, GAP_X = 70, GAP_Y = 26;

// layers puts each node one layer behind the last of its inputs.
function layers(nodes) {
  const byId = new Map(nodes.map(n => [n.id, n])), layer = new Map();
  const of = (n, seen) => {
    if (layer.has(n.id)) return layer.get(n.id);
    if (seen.has(n.id)) return 0;
    seen.add(n.id);
    let l = 0;
    for (const i of n.inputs || []) if (byId.has(i.id)) l = Math.max(l, of(byId.get(i.id), seen) + 1);
    layer.set(n.id, l);
    return l;
  };
  nodes.forEach(n => of(n, new Set()));
  const out = [];
  for (const n of nodes) (out[layer.get(n.id)] = out[layer.get(n.id)] || []).push(n);
  return out.filter(Boolean);
}

// order sorts the nodes of each layer by the middle of their inputs, so that few
// edges cross.
function order(ls) {
  const row = new Map();
  ls.forEach((l, i) => {
    const middle = n => {
      const rows = (n.inputs || []).map(x => row.get(x.id)).filter(r => r !== undefined);
      return rows.length ? rows.reduce((a, b) => a + b, 0) / rows.length : 0;
    };
    if (i > 0) l.sort((a, b) => middle(a) - middle(b));
    l.forEach((n, k) => row.set(n.id, k - (l.length - 1) / 2));
  });
  return row;
}

// graph draws a plan: nodes [{id, inputs: [{id, ship_strategy}]}], card(node)
// returns what stands in a node: {title, lines, share: {busy, back}, bad}.
export function graph(nodes, card, selected, select) {
  const ls = layers(nodes), row = order(ls), tall = Math.max(...ls.map(l => l.length), 1);
  const H = tall * (NODE_H + GAP_Y), W = ls.length * (NODE_W + GAP_X) - GAP_X + 4;
  const pos = new Map();
  ls.forEach((l, i) => l.forEach(n => pos.set(n.id, [2 + i * (NODE_W + GAP_X), H / 2 + row.get(n.id) * (NODE_H + GAP_Y) - NODE_H / 2])));
  const edges = nodes.flatMap(n => (n.inputs || []).filter(i => pos.has(i.id)).map(i => {
    const [ax, ay] = pos.get(i.id), [bx, by] = pos.get(n.id);
    const x1 = ax + NODE_W, y1 = ay + NODE_H / 2, x2 = bx - 7, y2 = by + NODE_H / 2, m = (x1 + x2) / 2;
    return h('g', {key: i.id + n.id},
      h('path', {class: 'edge', d: `M${x1},${y1} C${m},${y1} ${m},${y2} ${x2},${y2}`, 'marker-end': 'url(#arrow)'}),
      h('text', {class: 'tick middle', x: m, y: (y1 + y2) / 2 - 5}, i.ship_strategy || ''));
  }));
  const boxes = nodes.map(n => {
    const [x, y] = pos.get(n.id), c = card(n);
    const bar = Math.max(0, Math.min(1, c.busy || 0)) * (NODE_W - 20), back = Math.max(0, Math.min(1, c.back || 0)) * (NODE_W - 20);
    return h('g', {key: n.id, class: 'node' + (n.id === selected ? ' selected' : '') + (c.bad ? ' bad' : ''), transform: `translate(${x},${y})`, tabindex: 0, role: 'button',
      'aria-label': c.title + ', ' + c.lines.join(', '), 'aria-pressed': n.id === selected ? 'true' : 'false', onclick: () => select(n.id),
      onkeydown: e => { if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); select(n.id); } }},
    h('rect', {class: 'box', width: NODE_W, height: NODE_H, rx: 8}),
    h('title', null, n.description ? n.description.replace(/<br\s*\/?>/g, '\n').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&') : c.title),
    h('text', {class: 'name', x: 10, y: 20}, c.title.length > 27 ? c.title.slice(0, 26) + '…' : c.title),
    c.lines.map((l, i) => h('text', {class: 'line-text', x: 10, y: 39 + 16 * i}, l)),
    h('rect', {class: 'gauge', x: 10, y: NODE_H - 14, width: NODE_W - 20, height: 5, rx: 2.5}),
    h('rect', {class: 'gauge busy', x: 10, y: NODE_H - 14, width: bar, height: 5, rx: 2.5}),
    h('rect', {class: 'gauge back', x: 10 + bar, y: NODE_H - 14, width: Math.min(back, NODE_W - 20 - bar), height: 5, rx: 2.5}));
  });
  return h('div', {class: 'graph', tabindex: 0, role: 'group', 'aria-label': 'job graph'},
    h('svg', {viewBox: `0 0 ${W} ${H}`, width: W, height: H},
      h('defs', null, h('marker', {id: 'arrow', viewBox: '0 0 10 10', refX: 8, refY: 5, markerWidth: 7, markerHeight: 7, orient: 'auto'}, h('path', {class: 'arrow', d: 'M0,0 L10,5 L0,10 z'}))),
      edges, boxes));
}
