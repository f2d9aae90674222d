// The file WHEEL of a wheel's `.dist-info` directory: which version of the format it follows and where its root goes.

import { PackagingError, quote } from '../packaging-error.ts';
import { firstField, parseHeaderFields } from './header-fields.ts';

export interface WheelMetadata {
  /** An installer refuses another major number than 1, and warns of a newer minor one. */
  readonly wheelVersion: readonly [number, number];
  readonly rootIsPurelib: boolean;
  /** As written; where they differ from the file name, the file name decides. */
  readonly tags: readonly string[];
  readonly build?: string | undefined;
  readonly generator?: string | undefined;
}

/** Reads WHEEL; throws `PACKAGING_INVALID_WHEEL_METADATA`. */
export function parseWheelMetadata(text: string): WheelMetadata {
  const fields = parseHeaderFields(text, (line, number) => invalid(`line ${number} is no field: ${quote(line)}`));
  const version = firstField(fields, 'wheel-version');
  const numbers = /^([0-9]{1,9})\.([0-9]{1,9})$/.exec(version ?? '');
  if (!numbers)
    throw invalid(version === undefined ? 'it has no Wheel-Version' : `its Wheel-Version is ${quote(version)}`);
  const purelib = firstField(fields, 'root-is-purelib')?.toLowerCase();
  if (purelib !== 'true' && purelib !== 'false') throw invalid('its Root-Is-Purelib is neither true nor false');
  return {
    wheelVersion: [Number(numbers[1]), Number(numbers[2])],
    rootIsPurelib: purelib === 'true',
    tags: fields.headers.get('tag') ?? [],
    build: firstField(fields, 'build'),
    generator: firstField(fields, 'generator'),
  };
}

function invalid(reason: string): PackagingError {
  return new PackagingError('PACKAGING_INVALID_WHEEL_METADATA', `The WHEEL file is not valid: ${reason}.`);
}
