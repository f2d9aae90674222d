// Words an event of the library as the line that people read. An event that needs no line gives undefined.
import path from 'node:path';
import type { ToolEvent } from 'wheelwright';
import { count, duration, megabytes } from './units.ts';

/** The line for what the cache of builds did, if any. `explains`: with the reasons. `isKnown`: this run has reported the build. */
export function describeCache(
  { source, state, reasons }: Extract<ToolEvent, { event: 'build-cache' }>,
  explains: boolean,
  isKnown: boolean,
): string | undefined {
  // Another build of this run required it, so the command has reported it.
  if (state === 'hit' && isKnown) return undefined;
  if (state === 'hit') return `Unchanged since an earlier build: ${source}`;
  if (!explains) return undefined;
  const list = reasons.map((reason) => `\n    ${reason}`).join('');
  if (state === 'miss') return `${source} is built:${list}`;
  return state === 'kept' ? `${source}: the build is kept${list}` : `${source}: the build is not kept:${list}`;
}

/**
 * The line for an event other than `build-cache`, if any.
 * `several`: sources are built, so that a line has to say which it is from. `accounts`: the command ends with a line that
 * says what was committed.
 */
export function describeEvent(
  event: ToolEvent,
  verbose: boolean,
  several: boolean,
  accounts: boolean,
): string | undefined {
  switch (event.event) {
    case 'waiting':
      return `Waiting for ${event.path}${event.holder === undefined ? '' : `, held by ${event.holder}`}`;
    case 'resolved':
      if (event.packages === 0) return undefined;
      return `Resolved ${count(event.packages, 'package')} in ${duration(event.ms)}`;
    case 'prepared':
      if (event.packages === 0) return undefined;
      return `Prepared ${count(event.packages, 'package')} in ${duration(event.ms)}`;
    case 'checking':
      return `Checking ${event.check}`;
    case 'check-output':
      return event.text;
    case 'committed':
      if (accounts && !verbose) return undefined;
      return `Committed${event.generation === undefined ? '' : ` generation ${event.generation}`} in ${duration(event.ms)}`;
    case 'conflict':
      return `warning: ${event.path} has the content of ${event.winner}, not that of ${event.losers.join(' and ')}`;
    case 'downloaded':
      return verbose ? `Downloaded ${event.filename} (${event.size} bytes) in ${duration(event.ms)}` : undefined;
    case 'building':
      return `Building ${event.kind} of ${event.source}`;
    case 'build-waits':
      return event.for.length === 0 ? undefined : `${event.source} waits for ${event.for.join(', ')}`;
    case 'backend-output':
      if (!verbose) return undefined;
      return several ? `[${path.basename(event.source)}] ${event.text}` : event.text;
    case 'remote-off':
      return describeRemoteOff(event);
    case 'remote-altered':
      return verbose ? `warning: ${event.text}` : undefined;
    case 'remote-used':
      return describeRemoteUse(event);
    case 'recovered':
      return event.text;
    case 'warning':
      return `warning: ${event.text}`;
    default:
      return undefined;
  }
}

function describeRemoteOff({ what, text, hint }: ToolEvent & { event: 'remote-off' }): string {
  const consequence =
    what === 'all' ? 'Going on without the remote.' : what === 'writes' ? 'Going on without writing to it.' : '';
  return `warning: ${[text, hint, consequence].filter((part) => part !== undefined && part !== '').join(' ')}`;
}

/** Undefined where the remote gave and took nothing: then there is nothing to say that was not said. */
function describeRemoteUse(used: ToolEvent & { event: 'remote-used' }): string | undefined {
  const parts = [
    used.hits > 0 ? `${used.hits} of ${used.hits + used.misses} (${megabytes(used.receivedBytes)})` : '',
    used.stored > 0 ? `${used.stored} stored (${megabytes(used.sentBytes)})` : '',
    used.altered > 0 ? `${used.altered} altered and not used` : '',
    used.waits > 0 ? `${count(used.waits, 'wait')} of ${duration(used.waitedMs)}` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? undefined : `Remote ${used.remote}: ${parts.join(', ')}`;
}
