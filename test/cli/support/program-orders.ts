import type { MysqlPoolOptions } from '#internal/api/index.js';
import type { MonitorOptions } from '#internal/monitor/index.js';

/** A request of a test to a program. */
export type Order = { readonly id: number } & (
  | { readonly do: 'pool'; readonly url: string; readonly options: MysqlPoolOptions & { readonly name: string } }
  | { readonly do: 'monitor'; readonly options: MonitorOptions }
  | { readonly do: 'hold'; readonly pool: string; readonly label?: string; readonly sql?: string }
  | { readonly do: 'wait'; readonly pool: string; readonly label?: string; readonly timeout: number }
  | { readonly do: 'release' }
  | { readonly do: 'end' }
);

type Without<T> = T extends unknown ? Omit<T, 'id'> : never;
export type Wish = Without<Order>;
