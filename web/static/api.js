// The server's REST API and SQL gateway. Paths are relative to the page, so that
// it works behind a proxy with a prefix.

export class Refused extends Error {
  constructor(status, messages, diagnostics) {
    super(cause(messages));
    this.status = status;
    this.diagnostics = diagnostics || [];
  }
}

// cause is the innermost reason of a server's error text.
function cause(messages) {
  const text = (messages || []).join('\n');
  const i = text.lastIndexOf('Caused by: ');
  return i < 0 ? text : text.slice(i + 11).split('\n')[0];
}

async function request(method, path, body) {
  const r = await fetch(path, {method, body: body === undefined ? undefined : JSON.stringify(body),
    headers: {Accept: 'application/vnd.flott+json, application/json, text/plain', ...(body === undefined ? {} : {'Content-Type': 'application/json'})}});
  const text = await r.text();
  const json = (r.headers.get('Content-Type') || '').includes('json');
  const value = json && text ? JSON.parse(text) : text;
  if (!r.ok) throw new Refused(r.status, (value && value.errors) || [text || r.statusText], value && value.diagnostics);
  return value;
}

export const get = path => request('GET', path);
export const post = (path, body) => request('POST', path, body || {});
export const patch = path => request('PATCH', path);
const del = path => request('DELETE', path);

const seg = encodeURIComponent;

// metrics asks for metrics of a vertex, added up over its subtasks.
export async function vertexMetrics(job, vertex, names) {
  const list = await get(`jobs/${job}/vertices/${vertex}/subtasks/metrics?get=${names.map(seg).join(',')}`);
  const out = {};
  for (const m of list) out[m.id] = m;
  return out;
}

// savepoint makes a savepoint, or stops the job with one, and returns its place.
export async function savepoint(job, dir, stop, drain) {
  const body = stop ? {drain: !!drain, ...(dir ? {targetDirectory: dir} : {})} : dir ? {'target-directory': dir} : {};
  const id = (await post(`jobs/${job}/${stop ? 'stop' : 'savepoints'}`, body))['request-id'];
  for (;;) {
    const s = await get(`jobs/${job}/savepoints/${id}`);
    if (s.status.id === 'COMPLETED') {
      const failed = s.operation['failure-cause'];
      if (failed) throw new Error((failed['stack-trace'] || 'the savepoint failed').split('\n')[0]);
      return s.operation.location;
    }
    await new Promise(done => setTimeout(done, 200));
  }
}

// Session is a session of the SQL gateway.
export class Session {
  static async open() {
    const s = new Session();
    s.path = 'v4/sessions/' + (await post('v4/sessions')).sessionHandle;
    return s;
  }
  // execute runs a statement; rows come to each(result) page by page until
  // signal is aborted.
  async execute(statement, each, signal) {
    const op = `${this.path}/operations/${(await post(this.path + '/statements', {statement})).operationHandle}`;
    let uri = op + '/result/0?rowFormat=PLAIN_TEXT';
    try {
      while (uri && !signal.aborted) {
        const r = await get(uri);
        if (r.resultType !== 'NOT_READY') each(r);
        uri = r.nextResultUri ? r.nextResultUri.replace(/^\//, '') : '';
      }
    } finally {
      if (signal.aborted) await del(op + '/close').catch(() => {});
    }
  }
  async complete(statement, position) {
    return (await get(`${this.path}/complete-statement?statement=${seg(statement)}&position=${position}`)).candidates;
  }
  heartbeat() { return post(this.path + '/heartbeat'); }
  close() { return del(this.path).catch(() => {}); }
}
