/**
 * The shape that JSON must have: a single value, a list of a shape, or an object with a shape for each property. A
 * property may be missing if its name ends in `?` here. A `limit` is a number, or null for no limit.
 */
export type Shape = 'number' | 'limit' | 'text' | readonly [Shape] | { readonly [property: string]: Shape };

const histogram: Shape = { bounds: ['number'], counts: ['number'] };
const loan: Shape = {
  loan: 'number',
  connection: 'number',
  heldFor: 'number',
  'label?': 'text',
  'callSite?': 'text',
  recent: ['text'],
};

/**
 * The parts of a report of version 1 that readers rely on. Properties that were added later are not required: a newer
 * version of the package may watch a program with an older one.
 */
export const REPORT_SHAPE: Shape = {
  at: 'number',
  processes: [
    {
      id: 'text',
      'problem?': 'text',
      allows: ['text'],
      title: 'text',
      pid: 'number',
      host: 'text',
      node: 'text',
      startedAt: 'number',
      loopDelay: { mean: 'number', p99: 'number', max: 'number' },
      openPools: 'number',
      pools: [
        {
          id: 'number',
          options: {
            maxSize: 'limit',
            maxIdle: 'limit',
            minIdle: 'number',
            acquireTimeout: 'limit',
            maxWaiters: 'limit',
            maxLifetime: 'number',
            idleTimeout: 'number',
            leakThreshold: 'number',
          },
          stats: {
            name: 'text',
            state: 'text',
            maxSize: 'limit',
            size: 'number',
            idle: 'number',
            inUse: 'number',
            connecting: 'number',
            closing: 'number',
            waiters: 'number',
            longestWait: 'number',
            oldestLoan: 'number',
            'limitedBy?': { limit: 'text', held: 'number', of: 'number' },
            total: {
              acquired: 'number',
              waited: 'number',
              failed: 'number',
              opened: 'number',
              openFailed: 'number',
              openRefused: 'number',
              closed: 'number',
            },
          },
          history: {
            at: ['number'],
            idle: ['number'],
            inUse: ['number'],
            connecting: ['number'],
            waiters: ['number'],
            acquired: ['number'],
            failed: ['number'],
          },
          waits: histogram,
          holds: histogram,
          loans: [loan],
          waiting: [{ waitedFor: 'number', leftFor: 'limit', 'label?': 'text', 'callSite?': 'text' }],
          leaks: [{ ...loan, takenAt: 'text' }],
          'refusals?': { since: 'number', last: 'number', count: 'number' },
          'fleet?': {
            name: 'text',
            'limit?': 'number',
            'counted?': 'number',
            held: 'number',
            'share?': 'number',
            demand: 'number',
            floor: 'number',
            refusals: 'number',
            sheds: 'number',
            coordinator: 'text',
            'problem?': 'text',
          },
          events: [{ id: 'number', at: 'number', event: 'text', text: 'text' }],
        },
      ],
    },
  ],
};

/** Whether a value has the shape; further properties are ignored. */
export function fits(value: unknown, shape: Shape): boolean {
  if (shape === 'limit' && value === null) return true;
  if (typeof shape === 'string') return typeof value === (shape === 'text' ? 'string' : 'number');
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(shape)) return Array.isArray(value) && value.every((each) => fits(each, shape[0] as Shape));
  const given = value as Readonly<Record<string, unknown>>;
  return Object.entries(shape).every(([name, inner]) => {
    const isOptional = name.endsWith('?');
    const part = given[isOptional ? name.slice(0, -1) : name];
    return (isOptional && part === undefined) || fits(part, inner);
  });
}
