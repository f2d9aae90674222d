// The credentials of an S3 engine: asked for when they are needed, kept until shortly before they expire, and asked for
// again when the engine calls them expired.
import { RemoteError } from '../errors.ts';

/** Keys for an S3 engine. Never put into a message, an event or the environment of a hook. */
export interface Credentials {
  /** Names the key pair; engines may log it. */
  readonly accessKeyId: string;
  /** Signs, and is never sent. */
  readonly secretAccessKey: string;
  /** Sent beside the signature where the keys are of a session. */
  readonly sessionToken?: string | undefined;
  /** When they stop working, where that is known. */
  readonly expiration?: Date | undefined;
}

/** Gives credentials; called again when those it gave are about to expire or were refused as expired. */
export type CredentialSource = () => Promise<Credentials> | Credentials;

/** Credentials that expire sooner than this, in ms, are asked for again. */
const renewBeforeMs = 60_000;

export class HeldCredentials {
  readonly #source: CredentialSource;
  readonly #name: string;
  #held: Promise<Credentials> | undefined;

  constructor(source: CredentialSource, name: string) {
    this.#source = source;
    this.#name = name;
  }

  async current(nowMs = Date.now()): Promise<Credentials> {
    this.#held ??= this.#ask();
    const held = await this.#held;
    if (held.expiration === undefined || held.expiration.getTime() - nowMs > renewBeforeMs) return held;
    this.#held = this.#ask();
    return this.#held;
  }

  /** Asks again: the engine calls `refused` expired. False where the same ones come back. */
  async renew(refused: Credentials): Promise<boolean> {
    const held = await this.current();
    if (held !== refused) return true;
    this.#held = this.#ask();
    const fresh = await this.#held;
    return fresh.accessKeyId !== refused.accessKeyId || fresh.sessionToken !== refused.sessionToken;
  }

  async #ask(): Promise<Credentials> {
    try {
      return await this.#source();
    } catch (error) {
      this.#held = undefined;
      if (error instanceof RemoteError) throw error;
      throw new RemoteError('REMOTE_DENIED', `${this.#name}: no credentials could be had.`, {
        hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile that holds them.',
        cause: error,
        data: { remote: this.#name },
      });
    }
  }
}
