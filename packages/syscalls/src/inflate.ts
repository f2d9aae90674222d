// Raw deflate data inflated in one call, by the libdeflate of the system: about twice as fast as Node's zlib.
import { type NativeInflate, nativeCalls } from './koffi.ts';

const consumed = new BigUint64Array(1);
const written = new BigUint64Array(1);

/**
 * Inflates `source`, a raw deflate stream (RFC 1951), into `target`. True: the stream is valid, ends with the last byte of
 * `source` and fills `target` exactly. False: it does not, and `target` holds anything. Undefined: there is no libdeflate
 * here, and the caller uses `node:zlib`. Nothing outside of `target` is written to.
 */
export function tryInflateRaw(source: Uint8Array, target: Uint8Array): boolean | undefined {
  const inflate: NativeInflate | undefined = nativeCalls()?.inflate;
  if (inflate === undefined) return undefined;
  const isValid = inflate(source, target, consumed, written) === 0;
  return isValid && Number(consumed[0]) === source.length && Number(written[0]) === target.length;
}
