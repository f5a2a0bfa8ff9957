import { ASK_HIDDEN, definitionsOf, hiddenEffects, type EffectCache } from '../session/index.js';
import { runOwn } from './own-commands.js';
import type { Session } from './session.js';

/**
 * Has the pool know what the views and triggers of its database do. What the account may not see stays unknown, and so
 * does all when the server, or what stands before it, does not tell.
 */
export async function lookBehindNames(session: Session, effects: EffectCache): Promise<void> {
  // Before the answer: what is made meanwhile has to be looked at again.
  effects.isOutdated = false;
  try {
    const rows = (await runOwn(session, ASK_HIDDEN)) as unknown as readonly Readonly<Record<string, unknown>>[];
    if (!effects.isOutdated) effects.hide(hiddenEffects(definitionsOf(rows), session.host.kind));
  } catch {
    // Then they are taken for what their names look like.
  }
}
