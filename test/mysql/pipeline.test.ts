/** Several commands in one write, tested without a server. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Command, MysqlConnection } from '#internal/mysql/driver.js';
import { sendTogether } from '#internal/mysql/pipeline.js';

type Take = (this: Line, packet: string | undefined, connection: MysqlConnection) => Take | null;

/** A fake of mysql2's command queue and of how it handles packets. */
class Line {
  readonly log: string[] = [];
  readonly stream: object;
  readonly _commands: Fake[] = [];
  _command: Fake | undefined;
  sequenceId = 0;

  constructor(stream: object = {}) {
    const noted = (name: string) => () => this.log.push(name);
    this.stream = { cork: noted('cork'), uncork: noted('uncork'), ...stream };
  }

  get connection(): MysqlConnection {
    return this as unknown as MysqlConnection;
  }

  addCommand(command: Fake): void {
    if (this._command !== undefined) return void this._commands.push(command);
    this._command = command;
    this.handlePacket();
  }

  handlePacket(packet?: string): void {
    if (packet !== undefined) this.sequenceId++;
    if (this._command?.execute(packet, this.connection) !== true) return;
    this._command = this._commands.shift();
    if (this._command === undefined) return;
    this.sequenceId = 0;
    this.handlePacket();
  }

  together(...commands: Fake[]): void {
    sendTogether(this.connection, commands as unknown as Command[]);
  }

  took(): string[] {
    return this.log.splice(0);
  }
}

/** A fake of a mysql2 command whose answer has `left` packets. */
class Fake {
  readonly line: Line;
  readonly name: string;
  left: number;
  next: Take | null = null;

  constructor(line: Line, name: string, left = 1) {
    this.line = line;
    this.name = name;
    this.left = left;
  }

  execute(packet: string | undefined, connection: MysqlConnection): boolean {
    if (this.next === null) {
      this.next = this.start;
      this.line.sequenceId = 0;
    }
    this.next = this.next.call(this as never, packet, connection);
    return this.next === null;
  }

  readonly start: Take = () => {
    this.line.log.push(`send ${this.name} as ${this.line.sequenceId++}`);
    return this.take;
  };

  readonly take: Take = (packet) => {
    this.line.log.push(`${packet} for ${this.name} as ${this.line.sequenceId - 1}`);
    return --this.left === 0 ? null : this.take;
  };
}

describe('several commands in one write', () => {
  it('are all sent at once, and take their answers one after the other', () => {
    const line = new Line();
    line.together(new Fake(line, 'a'), new Fake(line, 'b', 2), new Fake(line, 'c'));
    assert.deepEqual(line.took(), ['cork', 'send a as 0', 'send b as 0', 'send c as 0', 'uncork']);
    assert.equal(line.sequenceId, 1);
    for (const packet of ['1', '2', '3', '4']) line.handlePacket(packet);
    // Sequence numbers start again with each command.
    assert.deepEqual(line.took(), ['1 for a as 1', '2 for b as 1', '3 for b as 2', '4 for c as 1']);
    assert.deepEqual([line._command, line._commands], [undefined, []]);
  });

  it('are sent when it is their turn, and what comes later waits for the last of them', () => {
    const line = new Line();
    line.addCommand(new Fake(line, 'before'));
    line.together(new Fake(line, 'a'), new Fake(line, 'b'));
    line.addCommand(new Fake(line, 'after'));
    assert.deepEqual(line.took(), ['send before as 0']);
    line.handlePacket('1');
    assert.deepEqual(line.took(), ['1 for before as 1', 'cork', 'send a as 0', 'send b as 0', 'uncork']);
    line.handlePacket('2');
    assert.deepEqual(line.took(), ['2 for a as 1']);
    line.handlePacket('3');
    assert.deepEqual(line.took(), ['3 for b as 1', 'send after as 0']);
  });

  it('are sent on streams that cannot hold back what is written', () => {
    const line = new Line({ cork: undefined, uncork: undefined });
    line.together(new Fake(line, 'a'), new Fake(line, 'b'));
    assert.deepEqual(line.took(), ['send a as 0', 'send b as 0']);
  });

  it('are nothing when there are none', () => {
    const line = new Line();
    line.together();
    assert.deepEqual([line.took(), line._command], [[], undefined]);
  });
});
