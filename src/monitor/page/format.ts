const counts = new Intl.NumberFormat('en');
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** `0.4 ms`, `412 ms`, `12.4 s`, `3 min 05 s`, `2 h 05 min`. null stands for Infinity, which JSON does not have. */
export function duration(ms: number | null): string {
  if (ms === null || ms === Infinity) return 'no limit';
  if (ms < 0.05) return '0 ms';
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${padded(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${padded(minutes % 60)} min`;
  return `${Math.floor(minutes / 1440)} d ${padded(Math.floor(minutes / 60) % 24)} h`;
}

/** A round duration without noise: `5 ms`, `2.5 s`, `1 min`. For bounds and settings. */
export function roundDuration(ms: number | null): string {
  if (ms === null || ms === Infinity) return 'no limit';
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${ms / 1000} s`;
  if (ms < 3_600_000) return `${Number((ms / 60_000).toFixed(1))} min`;
  return `${Number((ms / 3_600_000).toFixed(1))} h`;
}

/** `1,234`; `no limit` for Infinity, and for null, which stands for it in JSON. */
export function count(value: number | null): string {
  return value === null || value === Infinity ? 'no limit' : counts.format(value);
}

/** `0/s`, `4.5/s`, `1,234/s`. */
export function rate(perSecond: number): string {
  if (perSecond > 0 && perSecond < 10 && !Number.isInteger(perSecond)) return `${perSecond.toFixed(1)}/s`;
  return `${counts.format(Math.round(perSecond))}/s`;
}

/** `14:03:59`, in the reader's own time zone. */
export function timeOfDay(at: number): string {
  return clock.format(at);
}

/** `1 pool`, `3 pools`. */
export function plural(many: number, noun: string): string {
  return `${count(many)} ${noun}${many === 1 ? '' : 's'}`;
}

function padded(value: number): string {
  return String(value).padStart(2, '0');
}
