import {h} from '../dom.js';
import {get} from '../api.js';
import {plot, Tracks} from '../plot.js';
import {bytes, count} from '../text.js';

const MEMORY = ['Status.JVM.Memory.Heap.Used', 'Status.JVM.Memory.Heap.Max', 'Status.Flink.Memory.Managed.Used', 'Status.Flink.Memory.Managed.Total',
  'Status.Shuffle.Netty.UsedMemory', 'Status.Shuffle.Netty.TotalMemory', 'Status.JVM.CPU.Load', 'Status.JVM.Threads.Count'];

const tracks = new Tracks();

// managers shows task managers with their memory: #/managers/ID for threads.
export const managers = {
  title: () => 'task managers',
  depth: 2,
  async load([, id], s) {
    s.list = (await get('taskmanagers')).taskmanagers;
    s.metrics = {};
    await Promise.all(s.list.map(async m => {
      const got = Object.fromEntries((await get(`taskmanagers/${m.id}/metrics?get=${MEMORY.join(',')}`)).map(x => [x.id, Number(x.value)]));
      s.metrics[m.id] = got;
      tracks.add(m.id + '.heap', got['Status.JVM.Memory.Heap.Used']);
      tracks.add(m.id + '.managed', got['Status.Flink.Memory.Managed.Used']);
    }));
    if (id) s.threads = (await get(`taskmanagers/${id}/thread-dump`)).threadInfos;
  },
  draw(s, [, id]) {
    if (!s.list) return h('p', {class: 'quiet'}, 'asking the server …');
    if (id) return h('div', null, h('h1', null, 'Goroutines of ', id), h('p', null, h('a', {href: '#/managers'}, 'all task managers')),
      (s.threads || []).map(t => h('pre', {class: 'small'}, t.stringifiedThreadInfo)));
    return h('div', null, h('h1', null, 'Task managers'), s.list.map(m => one(m, s.metrics[m.id] || {})));
  },
};

function one(m, x) {
  const share = (used, total) => h('span', null, bytes(x[used]), x[total] > 0 ? [' of ', bytes(x[total])] : null);
  return h('section', {key: m.id}, h('h2', null, m.id, h('span', {class: 'quiet small'}, ' ', m.path || '')),
    h('div', {class: 'cards'},
      h('div', {class: 'card'}, 'slots, free', h('b', null, count(m.slotsNumber), ', ', count(m.freeSlots))),
      h('div', {class: 'card'}, 'Go heap', h('b', null, share(MEMORY[0], MEMORY[1]))),
      h('div', {class: 'card'}, 'managed memory', h('b', null, share(MEMORY[2], MEMORY[3]))),
      h('div', {class: 'card'}, 'network memory', h('b', null, share(MEMORY[4], MEMORY[5]))),
      h('div', {class: 'card'}, 'goroutines', h('b', null, h('a', {href: '#/managers/' + m.id}, count(x[MEMORY[7]]))))),
    h('div', {class: 'plots'}, plot('Memory', [{name: 'heap', color: 'a', points: tracks.of(m.id + '.heap')}, {name: 'managed', color: 'c', points: tracks.of(m.id + '.managed')}], bytes)));
}

// settings shows the server's configuration.
export const settings = {
  title: () => 'configuration',
  still: true,
  async load(_, s) { [s.config, s.environment] = await Promise.all([get('jobmanager/config'), get('jobmanager/environment')]); },
  draw(s) {
    if (!s.config) return h('p', {class: 'quiet'}, 'asking the server …');
    const e = s.environment.jvm || {};
    return h('div', null, h('h1', null, 'Configuration'), h('p', {class: 'quiet'}, [e.version, e.arch].filter(Boolean).join(', ')),
      s.config.length ? h('div', {class: 'scroll'}, h('table', null, h('tbody', null, s.config.map(c => h('tr', {key: c.key}, h('td', {class: 'mono'}, c.key), h('td', {class: 'mono'}, c.value)))))) :
        h('p', null, 'Nothing is set: all options have their defaults. See ', h('code', null, 'flott help server'), '.'));
  },
};

// logs shows the server's log files: #/logs/NAME.
export const logs = {
  title: () => 'logs',
  depth: 2,
  async load([, name], s) {
    s.files = (await get('jobmanager/logs')).logs;
    const file = name || (s.files[0] && s.files[0].name);
    s.text = file ? await get('jobmanager/logs/' + encodeURIComponent(file)) : '';
    s.name = file;
  },
  draw(s) {
    if (!s.files) return h('p', {class: 'quiet'}, 'asking the server …');
    const text = typeof s.text === 'string' ? s.text : JSON.stringify(s.text);
    const lines = text.split('\n').filter(l => !s.find || l.toLowerCase().includes(s.find.toLowerCase()));
    return h('div', null, h('h1', null, 'Logs'),
      h('div', {class: 'row'}, s.files.map(f => h('a', {href: '#/logs/' + encodeURIComponent(f.name), 'aria-current': f.name === s.name ? 'page' : null}, f.name, ' ', h('span', {class: 'quiet small'}, bytes(f.size)))),
        h('label', {class: 'push'}, 'find ', h('input', {type: 'search', value: s.find || '', oninput: e => { s.find = e.target.value; }}))),
      h('pre', {class: 'log', tabindex: 0}, lines.slice(-2000).join('\n') || 'Nothing has been logged.'));
  },
};
