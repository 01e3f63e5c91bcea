// The page: a router, and a clock that asks the server again while somebody looks.
import {h, patch} from './dom.js';
import {get} from './api.js';
import {jobs} from './views/jobs.js';
import {job} from './views/job.js';
import {managers, settings, logs} from './views/cluster.js';
import {editor} from './views/editor.js';

const EVERY = 1000;

// A view has load(path, state), which asks the server, and draw(state, path),
// which returns nodes; state is its own and lives as long as the address.
const views = {'': jobs, job, sql: editor, managers, settings, logs};
const tabs = [['', 'Jobs'], ['sql', 'SQL'], ['managers', 'Task managers'], ['settings', 'Configuration'], ['logs', 'Logs']];

let place = null, state = null, config = {}, problem = '', toast = '', timer = 0, turn = 0;

function where() { return location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent); }

export const page = {
  draw: () => draw(),
  fail: e => { toast = e.message || String(e); draw(); setTimeout(() => { toast = ''; draw(); }, 8000); },
  // act runs what a button does and shows what goes wrong.
  act: async f => { try { await f(); } catch (e) { page.fail(e); } await load(); },
};

function theme() { return localStorage.getItem('theme') || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'); }

function draw() {
  document.documentElement.dataset.theme = theme();
  const [name] = place;
  const view = views[name] || jobs;
  document.title = (view.title ? view.title(state, place) + ' · ' : '') + 'flott';
  patch(document.getElementById('app'), h('div', null,
    h('header', null,
      h('a', {class: 'brand', href: '#/'}, h('img', {src: 'icon.svg', alt: ''}), 'flott'),
      h('nav', {'aria-label': 'pages'}, tabs.map(([to, text]) => h('a', {href: '#/' + to, 'aria-current': to === name || to === '' && name === 'job' ? 'page' : null}, text))),
      h('span', {class: 'quiet small'}, config['flink-version'] ? (config['flott-version'] || config['flink-version']) : ''),
      h('button', {onclick: () => { localStorage.setItem('theme', theme() === 'dark' ? 'light' : 'dark'); draw(); }, 'aria-label': 'switch between dark and light'}, theme() === 'dark' ? '☀' : '☾')),
    h('main', {key: location.hash.split('/').slice(0, 3).join('/')},
      problem ? h('div', {class: 'note bad', role: 'alert'}, problem) : null,
      view.draw(state, place)),
    toast ? h('div', {class: 'toast', role: 'alert'}, toast) : null));
}

async function load() {
  clearTimeout(timer);
  const mine = ++turn, view = views[place[0]] || jobs;
  try {
    if (view.load) await view.load(place, state);
    problem = '';
  } catch (e) {
    problem = e.status ? e.message : 'The server does not answer; asking again.';
  }
  if (mine !== turn) return;
  draw();
  if (!document.hidden && !view.still) timer = setTimeout(load, EVERY);
}

function go() {
  const next = where();
  const view = views[next[0]] || jobs;
  const key = p => p.slice(0, view.depth || 1).join('/');
  if (!place || key(place) !== key(next)) {
    if (state && state.leave) state.leave();
    state = {};
  }
  place = next;
  draw();
  load();
}

addEventListener('hashchange', go);
document.addEventListener('visibilitychange', () => { if (!document.hidden) load(); });
get('config').then(c => { config = c; draw(); }, () => {});
go();
