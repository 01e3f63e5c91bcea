import {h} from '../dom.js';
import {Session} from '../api.js';
import {page} from '../app.js';

const KEYWORDS = new Set(('ADD ALL ALTER AND ANY ARRAY AS ASC BEGIN BETWEEN BY CASE CAST CATALOG COLUMN COLUMNS COMMENT CONSTRAINT CREATE CROSS CUMULATE CURRENT DATABASE DATABASES DELETE DESC DESCRIBE DESCRIPTOR DISTINCT DROP ELSE END ENFORCED ' +
  'EXCEPT EXECUTE EXISTS EXPLAIN FALSE FOR FROM FULL FUNCTION FUNCTIONS GROUP HAVING HOP IF IN INNER INSERT INTERSECT INTERVAL INTO IS JOIN KEY LATERAL LEFT LIKE LIMIT MAP METADATA NOT NULL OF ON OR ORDER OUTER OVER OVERWRITE PARTITION PARTITIONED ' +
  'PRIMARY RESET RIGHT ROW ROWS SELECT SET SHOW STATEMENT STOP SYSTEM TABLE TABLES TEMPORARY THEN TO TRUE TUMBLE TRY_CAST UNION UNNEST UPDATE USE USING VALUES VIEW VIEWS VIRTUAL WATERMARK WHEN WHERE WINDOW WITH').split(' '));
const TOKEN = /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:[^']|'')*(?:'|$))|(`[^`]*`?)|(\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b)|([A-Za-z_][A-Za-z_0-9]*)|(;)|([\s\S])/g;
const MOST = 1000;

// statements splits a script at its semicolons; BEGIN … END stays together.
export function statements(text) {
  const out = [];
  let start = 0, inSet = 0, words = [];
  const flush = end => {
    const raw = text.slice(start, end), lead = raw.length - raw.trimStart().length;
    if (words.length) out.push({text: raw.trim(), start: start + lead});
    words = [];
  };
  for (const m of text.matchAll(TOKEN)) {
    if (m[5]) {
      const w = m[5].toUpperCase();
      words.push(w);
      if (w === 'BEGIN') inSet++;
      else if (w === 'END' && inSet && words[words.length - 2] === ';') inSet--;
    } else if (m[6]) {
      if (inSet && words.length) { words.push(';'); continue; }
      flush(m.index);
      start = m.index + 1;
    } else if (!m[1] && m[0].trim()) words.push(m[0]);
  }
  flush(text.length);
  return out;
}

// paint colours a script; marks are [from, to) in UTF-16 units.
function paint(text, marks) {
  const out = [];
  for (const m of text.matchAll(TOKEN)) {
    const kind = m[1] ? 'c' : m[2] ? 's' : m[4] ? 'n' : m[5] && KEYWORDS.has(m[5].toUpperCase()) ? 'k' : '';
    const from = m.index, to = from + m[0].length;
    const cuts = [from, to, ...marks.flat().filter(x => x > from && x < to)].sort((a, b) => a - b);
    for (let i = 0; i + 1 < cuts.length; i++) {
      const piece = text.slice(cuts[i], cuts[i + 1]), bad = marks.some(([a, b]) => a <= cuts[i] && cuts[i + 1] <= b);
      const node = kind ? h('span', {class: kind}, piece) : piece;
      out.push(bad ? h('mark', null, node) : node);
    }
  }
  return out.concat(marks.some(([a]) => a >= text.length) ? h('mark', null, ' ') : [], '\n');
}

// units turns a byte offset of the statement into UTF-16 units.
function units(text, bytes) {
  let b = 0, u = 0;
  for (const c of text) {
    if (b >= bytes) break;
    const p = c.codePointAt(0);
    b += p < 0x80 ? 1 : p < 0x800 ? 2 : p < 0x10000 ? 3 : 4;
    u += c.length;
  }
  return u;
}

const saved = () => localStorage.getItem('script') || "CREATE TEMPORARY TABLE clicks (who INT, at AS PROCTIME()) WITH\n  ('connector' = 'datagen', 'rows-per-second' = '5', 'fields.who.min' = '1', 'fields.who.max' = '3');\n\nSELECT who, COUNT(*) AS n FROM clicks GROUP BY who;\n";

// editor is a place to write SQL and see what comes out.
export const editor = {
  title: () => 'SQL',
  still: true,
  draw(s) {
    if (s.text === undefined) {
      s.text = saved();
      s.marks = [];
      s.results = [];
      s.leave = () => { if (s.stop) s.stop.abort(); if (s.session) s.session.close(); clearInterval(s.beat); };
    }
    return h('div', null,
      h('div', {class: 'row'}, h('h1', null, 'SQL'),
        h('span', {class: 'row push'},
          h('label', null, 'show ', h('select', {onchange: e => { s.mode = e.target.value; page.draw(); }}, [['table', 'result'], ['changelog', 'changes']].map(([v, t]) => h('option', {value: v}, t)))),
          h('button', {onclick: () => run(s, true), disabled: !!s.stop}, 'Explain'),
          s.stop ? h('button', {class: 'danger', onclick: () => s.stop.abort()}, 'Stop') : h('button', {class: 'main', onclick: () => run(s), title: 'Ctrl+Enter'}, 'Run'))),
      h('div', {class: 'editor'},
        h('pre', {class: 'paint', 'aria-hidden': 'true'}, paint(s.text, s.marks)),
        h('textarea', {value: s.text, spellcheck: 'false', autocapitalize: 'off', 'aria-label': 'SQL script', 'aria-describedby': 'sql-errors', oninput: e => edit(s, e.target), onkeydown: e => key(s, e), onscroll: e => { e.target.previousSibling.scrollTop = e.target.scrollTop; }}),
        s.choices ? h('ul', {class: 'choices', role: 'listbox', 'aria-label': 'completions'}, s.choices.map((c, i) => h('li', {role: 'option', 'aria-selected': i === s.choice ? 'true' : 'false', onmousedown: e => { e.preventDefault(); take(s, i); }}, c))) : null),
      h('p', {class: 'quiet small'}, 'Ctrl+Enter runs the script, or what is selected; Ctrl+Space completes.'),
      h('div', {id: 'sql-errors', 'aria-live': 'polite'}, s.problems ? s.problems.map(p => h('div', {class: 'note bad'}, h('p', null, h('b', null, p.line ? `line ${p.line}, column ${p.column}: ` : ''), p.message), p.help ? h('p', {class: 'quiet'}, p.help) : null)) : null),
      s.results.map((r, i) => h('section', {key: i}, result(r, s.mode || 'table'))));
  },
};

function edit(s, area) {
  s.text = area.value;
  s.marks = [];
  s.problems = null;
  s.choices = null;
  localStorage.setItem('script', s.text);
  page.draw();
}

function key(s, e) {
  if (s.choices) {
    const n = s.choices.length;
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { s.choice = (s.choice + (e.key === 'ArrowDown' ? 1 : n - 1)) % n; e.preventDefault(); return page.draw(); }
    if (e.key === 'Enter' || e.key === 'Tab') { e.preventDefault(); return take(s, s.choice); }
    if (e.key === 'Escape') { s.choices = null; return page.draw(); }
  }
  if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); run(s); }
  if (e.key === ' ' && e.ctrlKey) { e.preventDefault(); complete(s, e.target); }
}

async function session(s) {
  if (!s.session) {
    s.session = await Session.open();
    s.beat = setInterval(() => s.session.heartbeat().catch(() => {}), 60000);
  }
  return s.session;
}

async function complete(s, area) {
  s.area = area;
  const at = area.selectionStart, st = statements(s.text.slice(0, at)), last = st.length && s.text.slice(0, at).trimEnd().slice(-1) !== ';' ? st[st.length - 1].start : at;
  const head = s.text.slice(last, at);
  try {
    const list = await (await session(s)).complete(head, new TextEncoder().encode(head).length);
    s.choices = list.length ? list.slice(0, 200) : null;
    s.choice = 0;
    page.draw();
  } catch (e) { page.fail(e); }
}

function take(s, i) {
  const at = s.area.selectionStart, word = /[\w.`-]*$/.exec(s.text.slice(0, at))[0], text = s.choices[i];
  s.text = s.text.slice(0, at - word.length) + text + s.text.slice(at);
  s.choices = null;
  localStorage.setItem('script', s.text);
  page.draw();
  s.area.selectionStart = s.area.selectionEnd = at - word.length + text.length;
  s.area.focus();
}

async function run(s, explain) {
  if (s.stop) return;
  const area = document.querySelector('.editor textarea');
  const picked = area.selectionEnd > area.selectionStart;
  const base = picked ? area.selectionStart : 0;
  const script = picked ? s.text.slice(area.selectionStart, area.selectionEnd) : s.text;
  s.stop = new AbortController();
  s.results = [];
  s.problems = null;
  s.marks = [];
  page.draw();
  for (const st of statements(script)) {
    // DDL has to run all the same: what follows needs it.
    const plan = explain && /^(SELECT|INSERT|WITH|VALUES|EXECUTE)\b/i.test(st.text), prefix = plan ? 'EXPLAIN ' : '';
    const text = prefix + (plan ? st.text.replace(/^EXECUTE\s+/i, '') : st.text);
    const r = {statement: st.text, columns: [], rows: [], changes: [], total: 0, began: performance.now(), running: true};
    s.results.push(r);
    try {
      await (await session(s)).execute(text, page1 => add(r, page1), s.stop.signal);
    } catch (e) {
      const list = e.diagnostics && e.diagnostics.length ? e.diagnostics : [{message: e.message}];
      s.problems = list.map(d => {
        if (!d.line) return d;
        const from = base + st.start + units(text, d.start || 0) - prefix.length, to = base + st.start + units(text, d.end || d.start || 0) - prefix.length;
        s.marks.push([from, Math.max(to, from + 1)]);
        const before = s.text.slice(0, from).split('\n');
        return {...d, line: before.length, column: before[before.length - 1].length + 1};
      });
      r.failed = true;
    }
    r.running = false;
    r.took = performance.now() - r.began;
    page.draw();
    if (r.failed || s.stop.signal.aborted) break;
  }
  s.stop = null;
  page.draw();
}

let due = false;

// add takes a page of a result; changes are folded into the rows that hold.
function add(r, p) {
  r.columns = p.results.columns;
  r.query = p.isQueryResult;
  r.job = p.jobID;
  r.kind = p.resultKind;
  for (const d of p.results.data) {
    r.total++;
    r.changes.push(d);
    if (r.changes.length > MOST) r.changes.shift();
    if (d.kind === 'INSERT' || d.kind === 'UPDATE_AFTER') {
      const at = r.hole === undefined ? -1 : r.hole;
      r.hole = undefined;
      if (at >= 0 && d.kind === 'UPDATE_AFTER') r.rows.splice(at, 0, d.fields);
      else r.rows.push(d.fields);
      if (r.rows.length > 10 * MOST) r.rows.shift();
    } else {
      const same = JSON.stringify(d.fields);
      const at = r.rows.findIndex(x => JSON.stringify(x) === same);
      if (at >= 0) { r.rows.splice(at, 1); r.hole = at; }
    }
  }
  if (!due) {
    due = true;
    requestAnimationFrame(() => { due = false; page.draw(); });
  }
}

const ops = {INSERT: '+I', UPDATE_BEFORE: '-U', UPDATE_AFTER: '+U', DELETE: '-D'};

function result(r, mode) {
  const title = r.statement.length > 90 ? r.statement.slice(0, 89) + '…' : r.statement;
  const foot = r.failed ? 'failed' : r.running ? `${r.total} ${r.total === 1 ? 'row' : 'rows'} so far …` : `${r.total} ${r.total === 1 ? 'row' : 'rows'} in ${(r.took / 1000).toFixed(2)} s`;
  const head = h('h2', {class: 'mono'}, title.replace(/\s+/g, ' '));
  if (r.failed && !r.rows.length) return [head];
  if (r.job && !r.query) return [head, h('p', null, 'runs as ', h('a', {href: '#/job/' + r.job}, 'job ', r.job.slice(0, 8)))];
  if (r.kind === 'SUCCESS') return [head, h('p', {class: 'quiet'}, 'done')];
  if (r.columns.length === 1 && r.columns[0].name === 'result' && r.rows.length) return [head, h('pre', {class: 'log'}, r.rows.map(x => x[0]).join('\n'))];
  const changes = mode === 'changelog' && r.query, list = changes ? r.changes.map(c => [ops[c.kind], ...c.fields]) : r.rows.slice(-MOST);
  return [head,
    h('div', {class: 'scroll'}, h('table', null,
      h('thead', null, h('tr', null, changes ? h('th', null, 'op') : null, r.columns.map(c => h('th', {title: c.logicalType.type}, c.name)))),
      h('tbody', null, list.map(x => h('tr', null, x.map(v => h('td', {class: 'cell' + (v === null ? ' quiet' : '')}, v === null ? 'NULL' : v))))))),
    h('p', {class: 'quiet small'}, foot, list.length < (changes ? r.total : r.rows.length) ? `; the newest ${list.length} are shown` : '', r.job ? [', ', h('a', {href: '#/job/' + r.job}, 'job')] : null)];
}
