import { ASK_HIDDEN, definitionsOf, hiddenEffects, type EffectCache } from '../session/index.js';
import { runOwn } from './own-commands.js';
import type { Session } from './session.js';

/**
 * Reads what the views and triggers of the pool's database do. Those that the account may not see stay unknown; all
 * stay unknown if the server, or a proxy in front of it, does not answer.
 */
export async function lookBehindNames(session: Session, effects: EffectCache): Promise<void> {
  // Cleared before the query: views and triggers that are created meanwhile set it again.
  effects.isOutdated = false;
  try {
    const rows = (await runOwn(session, ASK_HIDDEN)) as unknown as readonly Readonly<Record<string, unknown>>[];
    if (!effects.isOutdated) effects.hide(hiddenEffects(definitionsOf(rows), session.host.server));
  } catch {
    // Names in statements are then taken to be plain tables without triggers.
  }
}
