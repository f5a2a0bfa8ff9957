import type { Carried } from './carried.js';
import type { Reading, Readings, TextReadings } from './reading.js';
import type { Tracked } from './tracked.js';

/** Reads the texts of one session under its present state, which their meaning depends on. */
export class SessionTexts {
  readonly #readings: Readings;
  readonly #server: Pick<Tracked, 'server' | 'version'>;
  #now: TextReadings;

  constructor(readings: Readings, server: Pick<Tracked, 'server' | 'version'>, carried: Carried) {
    this.#readings = readings;
    this.#server = server;
    this.#now = this.#under(carried);
  }

  /** @param sql the bytes of a text, one character each (latin1) */
  of(sql: string): Reading {
    return this.#now.of(sql);
  }

  /** The session has this state from now on. */
  follow(carried: Carried): void {
    this.#now = this.#under(carried);
  }

  #under(carried: Carried): TextReadings {
    const { charset, several } = carried;
    const sqlMode = carried.value('sql_mode') ?? '';
    const { server, version } = this.#server;
    return this.#readings.for({ server, version, several, sqlMode, charset: charset.client });
  }
}
