import type { ActResult } from './acts.js';

/** The promises of mysqlpool that were broken in an act, each as a sentence. */
export function brokenPromises(result: ActResult, limit: number): string[] {
  // The first act runs without mysqlpool, so that no promise applies.
  if (result.act.name === 'without-pool') return [];
  const broken: string[] = [];
  const peak = Math.max(result.peakServerConnections, result.peakPoolConnections);
  if (peak > limit) broken.push(`the FTP server had ${peak} connections, over its limit of ${limit}`);
  if (result.neverServed > 0) broken.push(`${count(result.neverServed, 'client was', 'clients were')} never served`);
  if (result.lost > 0) broken.push(`${count(result.lost, 'client was', 'clients were')} lost (${result.lastFailure})`);
  if (result.uploadsMissing > 0) {
    broken.push(`${count(result.uploadsMissing, 'acknowledged upload is', 'acknowledged uploads are')} missing`);
  }
  // Sessions may fail, and be retried, only in acts in which something is killed.
  if (result.act.kill === undefined && result.failures > 0) {
    broken.push(`${count(result.failures, 'session', 'sessions')} failed (${result.lastFailure})`);
  }
  if (result.bystanderFailed > 0) {
    broken.push(`the bystander failed ${count(result.bystanderFailed, 'time', 'times')} (${result.bystanderError})`);
  }
  if (result.bystanderOk === 0) broken.push('the bystander never got an answer');
  return broken;
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
