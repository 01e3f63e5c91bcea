import {h} from '../dom.js';
import {get, patch, savepoint, vertexMetrics} from '../api.js';
import {graph} from '../graph.js';
import {plot, Tracks} from '../plot.js';
import {bytes, count, duration, hasWatermark, percent, time, watermark} from '../text.js';
import {page} from '../app.js';

const over = new Set(['FINISHED', 'FAILED', 'CANCELED', 'SUSPENDED']);
const parts = [['', 'Overview'], ['checkpoints', 'Checkpoints'], ['exceptions', 'Exceptions'], ['plots', 'Plots'], ['config', 'Configuration']];
const METRICS = ['numRecordsInPerSecond', 'numRecordsOutPerSecond', 'busyTimeMsPerSecond', 'backPressuredTimeMsPerSecond', 'idleTimeMsPerSecond'];

// job shows one job: #/job/ID/PART/VERTEX.
export const job = {
  depth: 2,
  title: s => (s && s.job ? s.job.name : 'job'),
  async load([, id, part, vertex], s) {
    s.tracks = s.tracks || new Tracks();
    s.job = await get(`jobs/${id}`);
    s.live = !over.has(s.job.state);
    const plan = new Map(s.job.plan.nodes.map(n => [n.id, n]));
    s.vertices = s.job.vertices.map(v => ({...v, node: plan.get(v.id) || {inputs: []}}));
    s.figures = s.figures || {};
    await Promise.all([
      ...s.vertices.map(async v => {
        const [m, w] = await Promise.all([s.live ? vertexMetrics(id, v.id, METRICS).catch(() => ({})) : {}, s.live ? marksOf(s, id, v).catch(() => []) : []]);
        const marks = w.map(x => ({id: x.id, value: Number(x.value)}));
        const f = s.figures[v.id] = {...figures(m), marks, mark: marks.length ? Math.min(...marks.map(x => x.value)) : NaN};
        if (s.live) track(s, v, f);
      }),
      part === 'checkpoints' || part === 'plots' || !part ? get(`jobs/${id}/checkpoints`).then(c => { s.checkpoints = c; }, () => { s.checkpoints = null; }) : null,
      part === 'exceptions' || s.job.state === 'FAILED' || s.job.state === 'RESTARTING' ? get(`jobs/${id}/exceptions`).then(e => { s.exceptions = e.exceptionHistory; }) : null,
      part === 'config' ? get(`jobs/${id}/config`).then(c => { s.config = c; }) : null,
      part === 'config' ? get(`jobs/${id}/checkpoints/config`).then(c => { s.ckConfig = c; }, () => {}) : null,
      vertex ? get(`jobs/${id}/vertices/${vertex}`).then(v => { s.vertex = v; }) : null,
    ]);
  },
  draw(s, [, id, part = '', vertex]) {
    if (!s.job) return h('p', {class: 'quiet'}, 'asking the server …');
    const j = s.job;
    return h('div', null,
      h('div', {class: 'row'},
        h('div', null, h('h1', null, j.name), h('span', {class: 'quiet small mono'}, j.jid)),
        h('span', {class: 'state ' + j.state}, j.state),
        h('span', {class: 'quiet'}, j['job-type'] ? j['job-type'].toLowerCase() + ', ' : '', 'ran ', duration(j.duration)),
        h('span', {class: 'row push'}, s.live ? actions(id) : null)),
      h('nav', {class: 'tabs', 'aria-label': 'parts of the job'}, parts.map(([to, text]) => h('a', {href: `#/job/${id}/${to}`, 'aria-current': to === part ? 'page' : null}, text))),
      (views[part] || overview)(s, id, vertex));
  },
};

const views = {checkpoints, exceptions, plots, config};

function actions(id) {
  return [
    h('button', {onclick: () => page.act(async () => {
      const dir = prompt('Folder for the savepoint (empty: where the configuration says)', '');
      if (dir !== null) alert('savepoint ' + await savepoint(id, dir, false));
    })}, 'Savepoint'),
    h('button', {onclick: () => page.act(async () => {
      const dir = prompt('The job ends with a savepoint. Its folder (empty: where the configuration says)', '');
      if (dir !== null) alert('savepoint ' + await savepoint(id, dir, true));
    })}, 'Stop'),
    h('button', {class: 'danger', onclick: () => page.act(async () => {
      if (confirm('Cancel this job? Its checkpoints are removed.')) await patch(`jobs/${id}?mode=cancel`);
    })}, 'Cancel'),
  ];
}

const isSource = v => !v.node.inputs || v.node.inputs.length === 0;

// marksOf asks for a vertex's watermarks by subtask: what comes in, or what goes
// out of a source, which is that of the last operator to have one.
async function marksOf(s, id, v) {
  if (!isSource(v)) return get(`jobs/${id}/vertices/${v.id}/watermarks`);
  s.ids = s.ids || {};
  if (!s.ids[v.id]) s.ids[v.id] = (await get(`jobs/${id}/vertices/${v.id}/metrics`)).map(m => m.id).filter(m => /^\d+\..*currentOutputWatermark$/.test(m));
  if (!s.ids[v.id].length) return [];
  const newest = new Map();
  for (const m of await get(`jobs/${id}/vertices/${v.id}/metrics?get=${s.ids[v.id].map(encodeURIComponent).join(',')}`)) {
    const subtask = m.id.split('.')[0];
    newest.set(subtask, Math.max(newest.has(subtask) ? newest.get(subtask) : -Infinity, Number(m.value)));
  }
  return [...newest].map(([subtask, value]) => ({id: subtask + '.out', value}));
}

function figures(m) {
  const of = (id, how) => m[id] ? Number(m[id][how]) : NaN;
  return {in: of('numRecordsInPerSecond', 'sum'), out: of('numRecordsOutPerSecond', 'sum'), busy: of('busyTimeMsPerSecond', 'max') / 1000,
    back: of('backPressuredTimeMsPerSecond', 'max') / 1000, idle: of('idleTimeMsPerSecond', 'min') / 1000, skew: of('numRecordsInPerSecond', 'skew')};
}

function track(s, v, f) {
  s.tracks.add(v.id + '.rate', isSource(v) ? f.out : f.in);
  s.tracks.add(v.id + '.busy', f.busy * 100);
  s.tracks.add(v.id + '.back', f.back * 100);
  if (hasWatermark(f.mark)) s.tracks.add(v.id + '.lag', Date.now() - f.mark);
  s.moved = s.moved || {};
  for (const m of f.marks) {
    const key = v.id + '.' + m.id, old = s.moved[key];
    if (!old || old.value !== m.value) s.moved[key] = {value: m.value, at: Date.now()};
  }
}

function overview(s, id, vertex) {
  const shown = s.vertices.find(v => v.id === vertex);
  const select = v => { location.hash = v === vertex ? `#/job/${id}` : `#/job/${id}//${v}`; };
  const card = n => {
    const v = s.vertices.find(x => x.id === n.id), f = s.figures[n.id] || {};
    const source = !n.inputs || n.inputs.length === 0;
    return {title: v.name, busy: f.busy, back: f.back, bad: v.status === 'FAILED', lines: [
      s.live ? `${count(source ? f.out : f.in)} rows/s${source ? '' : ' in'}${source || !isFinite(f.out) ? '' : ', ' + count(f.out) + ' out'}` : `${count(v.metrics['read-records'])} in, ${count(v.metrics['write-records'])} out`,
      s.live ? `busy ${percent(f.busy * 100)}, back ${percent(f.back * 100)}, idle ${percent(f.idle * 100)}` : `ran ${duration(v.duration)}`,
      hasWatermark(f.mark) ? `watermark ${duration(Math.max(0, Date.now() - f.mark))} behind` : `watermark ${f.marks && f.marks.length ? watermark(f.mark) : '–'}`,
      `${v.parallelism} × ${v.status}`]};
  };
  return h('div', null,
    failure(s), why(s),
    graph(s.job.plan.nodes.filter(n => s.vertices.some(v => v.id === n.id)), card, vertex, select),
    h('p', {class: 'quiet small'}, 'The bar of a task is the share of its time that it was busy, and held up by those behind it. Choose a task to see its subtasks.'),
    shown && s.vertex && s.vertex.id === shown.id ? subtasks(s, shown) : null,
    s.checkpoints ? lastCheckpoint(s.checkpoints) : null);
}

function failure(s) {
  if (!['FAILED', 'RESTARTING', 'FAILING'].includes(s.job.state) || !s.exceptions || !s.exceptions.entries.length) return null;
  const e = s.exceptions.entries[0];
  return h('div', {class: 'note bad', role: 'alert'}, h('p', null, h('b', null, s.job.state === 'RESTARTING' ? 'Restarting after a failure. ' : 'Failed. '), firstLine(e.stacktrace)), h('p', null, h('a', {href: `#/job/${s.job.jid}/exceptions`}, 'all failures')));
}

// why tells what holds results back, when something does.
function why(s) {
  if (!s.live || s.job.state !== 'RUNNING') return null;
  const notes = [];
  const marked = s.vertices.some(v => hasWatermark((s.figures[v.id] || {}).mark));
  for (const v of s.vertices.filter(isSource)) {
    const f = s.figures[v.id] || {}, since = m => (s.moved || {})[v.id + '.' + m.id];
    const still = m => { const x = since(m); return x ? Date.now() - x.at : 0; };
    const none = (f.marks || []).filter(m => !hasWatermark(m.value) && watermark(m.value) === 'none yet' && still(m) > 5000);
    const max = Math.max(...(f.marks || []).map(m => m.value).filter(hasWatermark), -Infinity);
    const held = (f.marks || []).filter(m => hasWatermark(m.value) && still(m) > 5000);
    if (marked || none.length < (f.marks || []).length) for (const m of none) notes.push([v, m, `subtask ${sub(m)} has no watermark yet: none of its rows has brought one, and it is not idle`]);
    for (const m of held) notes.push([v, m, `subtask ${sub(m)} stands at ${watermark(m.value)} for ${duration(still(m))}${m.value < max ? ', ' + duration(max - m.value) + ' behind the others' : ''}`]);
  }
  for (const v of s.vertices) {
    const f = s.figures[v.id] || {};
    if (f.back > 0.5) {
      const slow = s.vertices.filter(x => (x.node.inputs || []).some(i => i.id === v.id)).sort((a, b) => (s.figures[b.id] || {}).busy - (s.figures[a.id] || {}).busy)[0];
      notes.push([v, null, `is held up ${percent(f.back * 100)} of its time${slow ? ' by ' + slow.name : ''}`]);
    }
  }
  if (!notes.length) return null;
  return h('div', {class: 'note', id: 'why'}, h('p', null, h('b', null, 'Why does nothing, or so little, come out?')),
    notes.slice(0, 6).map(([v, , text]) => h('p', null, h('b', null, v.name), ' ', text)),
    notes.some(n => n[1]) ? h('p', {class: 'quiet small'}, 'Windows wait for the smallest watermark of all inputs. A partition without rows holds it back unless ', h('code', null, 'table.exec.source.idle-timeout'), ' or ', h('code', null, 'scan.watermark.idle-timeout'), ' is set.') : null);
}

const sub = m => Number(m.id.split('.')[0]) + 1;

function subtasks(s, v) {
  const f = s.figures[v.id] || {}, mark = i => (f.marks || []).find(m => sub(m) === i + 1);
  return h('section', {'aria-label': 'subtasks'}, h('h2', null, v.name),
    h('div', {class: 'scroll'}, h('table', null,
      h('thead', null, h('tr', null, ['Subtask', 'State', 'Attempt', 'Where', 'Rows in', 'Rows out', 'Bytes in', 'Bytes out', 'Watermark', 'Ran'].map((t, i) => h('th', {class: i > 3 ? 'n' : null}, t)))),
      h('tbody', null, s.vertex.subtasks.map(t => h('tr', {key: t.subtask},
        h('td', null, t.subtask + 1), h('td', null, h('span', {class: 'state ' + t.status}, t.status)), h('td', null, t.attempt + 1), h('td', null, t['taskmanager-id'] || t.host || t.endpoint || '–'),
        h('td', {class: 'n'}, count(t.metrics['read-records'])), h('td', {class: 'n'}, count(t.metrics['write-records'])),
        h('td', {class: 'n'}, bytes(t.metrics['read-bytes'])), h('td', {class: 'n'}, bytes(t.metrics['write-bytes'])),
        h('td', {class: 'n'}, mark(t.subtask) ? watermark(mark(t.subtask).value) : '–'), h('td', {class: 'n'}, duration(t.duration))))))),
    v.node.description ? h('pre', null, v.node.description.replace(/<br\s*\/?>/g, '\n').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&')) : null);
}

function lastCheckpoint(c) {
  const l = c.latest.completed;
  return h('p', {class: 'quiet'}, l ? `Last checkpoint ${l.id}: ${time(l.trigger_timestamp)}, ${bytes(l.checkpointed_size || l.state_size)} in ${duration(l.end_to_end_duration)}.` : 'No checkpoint yet.');
}

function checkpoints(s) {
  const c = s.checkpoints;
  if (!c) return h('p', {class: 'quiet'}, 'This job has no checkpoints.');
  const done = c.history.filter(x => x.status === 'COMPLETED').reverse();
  return h('div', null,
    h('div', {class: 'cards'}, ['completed', 'failed', 'in_progress', 'restored'].map(k => h('div', {class: 'card'}, k.replace('_', ' '), h('b', {class: k === 'failed' && c.counts[k] > 0 ? 'FAILED' : null}, count(c.counts[k])))),
      h('div', {class: 'card'}, 'size', h('b', null, c.latest.completed ? bytes(c.latest.completed.state_size) : '–'))),
    c.latest.failed && (!c.latest.completed || c.latest.failed.id > c.latest.completed.id) ? h('div', {class: 'note bad'}, `Checkpoint ${c.latest.failed.id} failed: ${c.latest.failed.failure_message || 'no reason known'}`) : null,
    h('div', {class: 'plots'},
      plot('Duration', [{color: 'a', points: done.map(x => [x.trigger_timestamp, x.end_to_end_duration])}], duration, {dots: true}),
      plot('Size', [{color: 'c', points: done.map(x => [x.trigger_timestamp, x.state_size])}], bytes, {dots: true})),
    h('h2', null, 'History'),
    h('div', {class: 'scroll'}, h('table', null,
      h('thead', null, h('tr', null, ['ID', 'State', 'Kind', 'Triggered', 'Duration', 'Size', 'Acknowledged', 'Place'].map((t, i) => h('th', {class: i > 3 && i < 7 ? 'n' : null}, t)))),
      h('tbody', null, c.history.map(x => h('tr', {key: x.id}, h('td', null, x.id), h('td', null, h('span', {class: 'state ' + x.status}, x.status)),
        h('td', null, x.is_savepoint ? 'savepoint' : 'checkpoint'), h('td', null, time(x.trigger_timestamp)), h('td', {class: 'n'}, duration(x.end_to_end_duration)),
        h('td', {class: 'n'}, bytes(x.state_size)), h('td', {class: 'n'}, `${x.num_acknowledged_subtasks} / ${x.num_subtasks}`), h('td', {class: 'mono small'}, x.external_path || '–')))))));
}

const firstLine = t => (t || '').split('\n')[0];

function exceptions(s) {
  const e = s.exceptions;
  if (!e) return h('p', {class: 'quiet'}, 'asking the server …');
  if (!e.entries.length) return h('div', {class: 'note good'}, 'Nothing has failed.');
  return h('div', null, e.entries.map((x, i) => h('section', {key: x.timestamp + '.' + i},
    h('h2', null, i === 0 ? 'Newest failure' : 'Before', h('span', {class: 'quiet small'}, ' ', time(x.timestamp), x.taskName ? ', ' + x.taskName : '', x.taskManagerId ? ' at ' + x.taskManagerId : '')),
    h('pre', null, root(x.stacktrace)),
    (x.concurrentExceptions || []).map(c => h('details', null, h('summary', null, 'at the same time: ', c.taskName || 'job', ', ', firstLine(c.stacktrace)), h('pre', null, c.stacktrace))))),
  e.truncated ? h('p', {class: 'quiet'}, 'Older ones are left out.') : null);
}

// root puts the innermost cause first.
function root(text) {
  const causes = (text || '').split('\nCaused by: ');
  return causes.length < 2 ? text : causes.reverse().map((c, i) => (i ? 'which led to: ' : '') + c.trim()).join('\n');
}

function plots(s) {
  const rate = s.vertices.map(v => plot(v.name, [{name: 'rows/s', color: 'a', points: s.tracks.of(v.id + '.rate')}], count));
  const share = s.vertices.map(v => plot(v.name, [{name: 'busy', color: 'a', points: s.tracks.of(v.id + '.busy')}, {name: 'back', color: 'b', points: s.tracks.of(v.id + '.back')}], percent, {least: 100}));
  const lag = s.vertices.filter(v => s.tracks.of(v.id + '.lag').length).map(v => plot(v.name, [{name: 'behind', color: 'c', points: s.tracks.of(v.id + '.lag')}], duration));
  const done = s.checkpoints ? s.checkpoints.history.filter(x => x.status === 'COMPLETED').reverse() : [];
  return h('div', null, s.live ? null : h('p', {class: 'quiet'}, 'The job is over.'),
    h('h2', null, 'Rows a second'), h('div', {class: 'plots'}, rate),
    h('h2', null, 'Share of time'), h('div', {class: 'plots'}, share),
    lag.length ? [h('h2', null, 'Watermark behind the clock'), h('div', {class: 'plots'}, lag)] : null,
    done.length ? [h('h2', null, 'State'), h('div', {class: 'plots'}, plot('in checkpoints', [{color: 'c', points: done.map(x => [x.trigger_timestamp, x.state_size])}], bytes, {dots: true}))] : null,
    h('p', {class: 'quiet small'}, 'Since this page was opened. For longer times, let Prometheus ask ', h('code', null, '/metrics'), ' (see the guide).'));
}

function config(s) {
  if (!s.config) return h('p', {class: 'quiet'}, 'asking the server …');
  const c = s.config['execution-config'] || {}, rows = Object.entries(c).filter(([k]) => k !== 'user-config').concat(Object.entries(s.ckConfig || {}).map(([k, v]) => ['checkpoints: ' + k, typeof v === 'object' ? JSON.stringify(v) : v]), Object.entries(c['user-config'] || {}));
  return h('div', {class: 'scroll'}, h('table', null, h('tbody', null, rows.map(([k, v]) => h('tr', {key: k}, h('td', {class: 'mono'}, k), h('td', {class: 'mono'}, String(v)))))));
}
