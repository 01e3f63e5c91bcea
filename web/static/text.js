// How figures are written.

export function count(n) {
  n = Number(n);
  if (!isFinite(n)) return '–';
  if (Math.abs(n) >= 1e9) return (n / 1e9).toFixed(2) + ' G';
  if (Math.abs(n) >= 1e6) return (n / 1e6).toFixed(2) + ' M';
  if (Math.abs(n) >= 1e4) return (n / 1e3).toFixed(1) + ' k';
  return Number.isInteger(n) ? String(n) : n.toFixed(1);
}

export function bytes(n) {
  n = Number(n);
  if (!isFinite(n) || n < 0) return '–';
  for (const u of ['B', 'KB', 'MB', 'GB']) {
    if (n < 1024 || u === 'GB') return (u === 'B' ? n : n.toFixed(1)) + ' ' + u;
    n /= 1024;
  }
}

export function duration(ms) {
  ms = Number(ms);
  if (!isFinite(ms) || ms < 0) return '–';
  if (ms < 1000) return Math.round(ms) + ' ms';
  const s = ms / 1000;
  if (s < 60) return s.toFixed(1) + ' s';
  if (s < 3600) return Math.floor(s / 60) + ' min ' + Math.floor(s % 60) + ' s';
  if (s < 172800) return Math.floor(s / 3600) + ' h ' + Math.floor(s % 3600 / 60) + ' min';
  return Math.floor(s / 86400) + ' days';
}

export function time(ms) {
  if (!(ms > 0)) return '–';
  const d = new Date(ms - new Date(ms).getTimezoneOffset() * 60000);
  return d.toISOString().slice(0, 19).replace('T', ' ');
}

const NONE = -9223372036854775808, END = 9223372036854775807;

// watermark writes an event time; NaN = there is none.
export function watermark(ms) {
  if (!isFinite(ms) || ms <= NONE) return 'none yet';
  if (ms >= END) return 'end of input';
  return new Date(ms).toISOString().slice(0, 23).replace('T', ' ');
}

export const hasWatermark = ms => isFinite(ms) && ms > NONE && ms < END;

export const percent = x => isFinite(x) ? Math.round(Math.min(Math.max(x, 0), 100)) + ' %' : '–';
