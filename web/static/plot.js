import {h} from './dom.js';

// plot draws one or more lines over time. series: [{name, color, points: [[ms, y], …]}].
export function plot(title, series, write, opts = {}) {
  const W = 360, H = 120, L = 8, R = 8, T = 10, B = 18;
  const all = series.flatMap(s => s.points).filter(p => isFinite(p[1]));
  if (all.length < 2) return h('figure', {class: 'plot'}, h('figcaption', null, title), h('p', {class: 'quiet'}, 'not enough yet'));
  const x0 = Math.min(...all.map(p => p[0])), x1 = Math.max(...all.map(p => p[0]));
  const top = Math.max(...all.map(p => p[1]), opts.least || 0) || 1;
  const x = ms => L + (W - L - R) * (x1 === x0 ? 1 : (ms - x0) / (x1 - x0));
  const y = v => T + (H - T - B) * (1 - v / top);
  const clock = ms => new Date(ms).toTimeString().slice(0, 8);
  const line = s => {
    const pts = s.points.filter(p => isFinite(p[1])).map(p => `${x(p[0]).toFixed(1)},${y(p[1]).toFixed(1)}`).join(' ');
    return h('polyline', {class: 'line ' + s.color, points: pts});
  };
  const last = s => s.points.length ? s.points[s.points.length - 1][1] : NaN;
  return h('figure', {class: 'plot'},
    h('figcaption', null, title, ' ', series.map(s => h('span', {class: 'legend ' + s.color}, (s.name ? s.name + ' ' : '') + write(last(s))))),
    h('svg', {viewBox: `0 0 ${W} ${H}`, role: 'img', 'aria-label': `${title}: ${series.map(s => write(last(s))).join(', ')}`},
      h('line', {class: 'axis', x1: L, y1: y(0), x2: W - R, y2: y(0)}),
      h('line', {class: 'grid', x1: L, y1: y(top), x2: W - R, y2: y(top)}),
      h('text', {class: 'tick', x: L, y: y(top) - 2}, write(top)),
      h('text', {class: 'tick', x: L, y: H - 4}, clock(x0)),
      h('text', {class: 'tick end', x: W - R, y: H - 4}, clock(x1)),
      series.map(line),
      opts.dots ? series.flatMap(s => s.points.map(p => h('circle', {class: 'dot ' + s.color, cx: x(p[0]), cy: y(p[1]), r: 2.5}))) : null));
}

// Tracks remembers the newest values of figures that are asked for again and again.
export class Tracks {
  constructor(most = 300) { this.most = most; this.by = new Map(); }
  add(name, value) {
    const list = this.by.get(name) || [];
    list.push([Date.now(), Number(value)]);
    if (list.length > this.most) list.shift();
    this.by.set(name, list);
  }
  of(name) { return this.by.get(name) || []; }
}
