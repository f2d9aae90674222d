// `ww remote check|keygen`
import { checkRemoteOf, createRemoteKeys, exitCodes, WheelwrightError } from 'wheelwright';
import { type CommonOptions, runCommand } from '../run-command.ts';

export async function remote(action: string, id: string | undefined, options: CommonOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
    if (action === 'keygen') {
      if (id === undefined)
        throw new WheelwrightError('WHEELWRIGHT_USAGE', 'The key has no name.', {
          hint: 'Name it after who signs with it, and when it was made: ww remote keygen ci-2026.',
        });
      const { signingKey, trustedKey } = await createRemoteKeys(id);
      output.event({ event: 'remote-keys', signingKey, trustedKey });
      output.result(`export WHEELWRIGHT_REMOTE_SIGNING_KEY=${signingKey}`);
      output.result(`export WHEELWRIGHT_REMOTE_TRUSTED_KEYS=${trustedKey}`);
      return exitCodes.done;
    }
    const { remote: name, checks } = await checkRemoteOf(tool);
    output.event({ event: 'remote-checked', remote: name, checks });
    output.result(name);
    for (const { what, isOk, detail, hint } of checks) {
      output.result(`${isOk ? 'ok    ' : 'FAILED'} ${what}: ${detail}`);
      if (hint !== undefined) output.result(`       ${hint}`);
    }
    return checks.every(({ isOk }) => isOk) ? exitCodes.done : exitCodes.network;
  });
}
