import { tracingChannel } from 'node:diagnostics_channel';
import type { TestContext } from 'node:test';

/** Records the events of the tracing channel with this name until the test ends, each with a copy of its context. */
export function trace<C extends object>(t: TestContext, name: string): (readonly [step: string, context: C])[] {
  const steps: (readonly [string, C])[] = [];
  const note = (step: string) => (context: object) => void steps.push([step, { ...context } as C]);
  const subscribers = {
    start: note('start'),
    end: note('end'),
    asyncStart: note('asyncStart'),
    asyncEnd: note('asyncEnd'),
    error: note('error'),
  };
  const traced = tracingChannel<unknown, C>(name);
  traced.subscribe(subscribers);
  t.after(() => {
    traced.unsubscribe(subscribers);
  });
  return steps;
}
