import {h} from '../dom.js';
import {get} from '../api.js';
import {count, duration, time} from '../text.js';

const over = new Set(['FINISHED', 'FAILED', 'CANCELED', 'SUSPENDED']);

// jobs lists what runs and what has run.
export const jobs = {
  title: () => 'jobs',
  async load(_, s) {
    [s.overview, s.jobs] = await Promise.all([get('overview'), get('jobs/overview').then(r => r.jobs)]);
  },
  draw(s) {
    if (!s.jobs) return h('p', {class: 'quiet'}, 'asking the server …');
    const run = s.jobs.filter(j => !over.has(j.state)), done = s.jobs.filter(j => over.has(j.state));
    const o = s.overview;
    return h('div', null,
      h('h1', null, 'Jobs'),
      h('div', {class: 'cards'},
        h('div', {class: 'card'}, 'running', h('b', null, count(o['jobs-running']))),
        h('div', {class: 'card'}, 'finished', h('b', null, count(o['jobs-finished']))),
        h('div', {class: 'card'}, 'cancelled', h('b', null, count(o['jobs-cancelled']))),
        h('div', {class: 'card'}, 'failed', h('b', {class: o['jobs-failed'] > 0 ? 'FAILED' : null}, count(o['jobs-failed']))),
        h('div', {class: 'card'}, 'task managers', h('b', null, count(o.taskmanagers)))),
      run.length ? table(run) : h('div', {class: 'note'}, h('p', null, 'No job runs. Send one with ', h('code', null, `flott run --target ${location.host} job.sql`), ' or write it ', h('a', {href: '#/sql'}, 'here'), '.')),
      done.length ? [h('h2', null, 'Over'), table(done)] : null);
  },
};

function table(list) {
  return h('div', {class: 'scroll'}, h('table', null,
    h('thead', null, h('tr', null, ['Name', 'State', 'Started', 'Ran', 'Tasks'].map((t, i) => h('th', {class: i > 2 ? 'n' : null}, t)))),
    h('tbody', null, list.map(j => h('tr', {key: j.jid},
      h('td', null, h('a', {href: '#/job/' + j.jid}, j.name), h('div', {class: 'quiet small mono'}, j.jid.slice(0, 8))),
      h('td', null, h('span', {class: 'state ' + j.state}, j.state)),
      h('td', null, time(j['start-time'])),
      h('td', {class: 'n'}, duration(j.duration)),
      h('td', {class: 'n'}, count((j.tasks || {}).running), ' / ', count((j.tasks || {}).total)))))));
}
