// The file WHEEL of a wheel's `.dist-info` directory: which version of the format it follows and where its root goes.

import { PackagingError, quote } from '../packaging-error.ts';
import { firstField, parseHeaderFields } from './header-fields.ts';

/** The fields of WHEEL (specification "Binary distribution format"). */
export interface WheelMetadata {
  /** Major and minor number. An installer refuses a newer major number and warns of a newer minor one. */
  readonly wheelVersion: readonly [number, number];
  /** False where the field is absent or has another value than `true`, as pip and uv read it. */
  readonly rootIsPurelib: boolean;
  /** As written; where they differ from the file name, the file name decides. */
  readonly tags: readonly string[];
  /** The build number, as written. */
  readonly build?: string | undefined;
  /** The program that made the wheel. */
  readonly generator?: string | undefined;
  /** Where the text differs from the specification and is read all the same: each ends a sentence that begins "its WHEEL". */
  readonly oddities: readonly string[];
}

/** Reads WHEEL. Throws `PACKAGING_INVALID_WHEEL_METADATA` where it states no version. */
export function parseWheelMetadata(text: string): WheelMetadata {
  const oddities: string[] = [];
  const fields = parseHeaderFields(text, (line, number) => {
    oddities.push(`has ${quote(line)} on line ${number}, which is no field`);
  });
  const version = firstField(fields, 'wheel-version');
  const numbers = /^([0-9]{1,9})\.([0-9]{1,9})((?:\.[0-9]{1,9})*)$/.exec(version ?? '');
  if (!numbers)
    throw invalid(version === undefined ? 'it has no Wheel-Version' : `its Wheel-Version is ${quote(version)}`);
  if (numbers[3] !== '') oddities.push(`has the Wheel-Version ${quote(version!)}, which is not two numbers`);
  const purelib = firstField(fields, 'root-is-purelib');
  const isKnown = /^(?:true|false)$/i.test(purelib ?? '');
  if (!isKnown) {
    const found = purelib === undefined ? 'no Root-Is-Purelib' : `the Root-Is-Purelib ${quote(purelib)}`;
    oddities.push(`has ${found}, which is read as false`);
  }
  return {
    wheelVersion: [Number(numbers[1]), Number(numbers[2])],
    rootIsPurelib: purelib?.toLowerCase() === 'true',
    tags: fields.headers.get('tag') ?? [],
    build: firstField(fields, 'build'),
    generator: firstField(fields, 'generator'),
    oddities,
  };
}

function invalid(reason: string): PackagingError {
  return new PackagingError('PACKAGING_INVALID_WHEEL_METADATA', `The WHEEL file is not valid: ${reason}.`);
}
