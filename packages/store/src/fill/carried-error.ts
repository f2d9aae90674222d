// Carries an error from one thread to another, between which only plain data passes. It arrives with its class, code, hint,
// data and cause, or with the errno, path and system call that the operating system named.
import { ArchivesError } from '@wheelwright/archives';
import { AtomicFsError } from '@wheelwright/atomic-fs';
import type { CodedError } from '@wheelwright/errors';
import { PackagingError } from '@wheelwright/packaging';
import { StoreError } from '../store-error.ts';

/** What a thread posts of an error, or of anything else that was thrown. */
export type CarriedError = { readonly isError: false; readonly thrown: string } | CarriedErrorObject;

interface CarriedErrorObject {
  readonly isError: true;
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: CarriedError | undefined;
  /** Which of the coded classes it is of; -1 for none. */
  readonly coded: number;
  /** Of a coded error its code, hint and data; of another whatever it carries beside its message. */
  readonly own: Readonly<Record<string, unknown>>;
}

type CodedClass = new (code: never, message: string, options: object) => CodedError;

const codedClasses: readonly CodedClass[] = [ArchivesError, AtomicFsError, PackagingError, StoreError];
const plainClasses = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];

export function packError(error: unknown): CarriedError {
  if (!(error instanceof Error)) return { isError: false, thrown: String(error) };
  const { name, message, stack, cause } = error;
  const own = Object.entries(error).filter(([key, value]) => key !== 'name' && key !== 'cause' && isPlain(value));
  return {
    isError: true,
    name,
    message,
    stack,
    cause: cause === undefined ? undefined : packError(cause),
    coded: codedClasses.findIndex((known) => error instanceof known),
    own: Object.fromEntries(own),
  };
}

export function unpackError(carried: CarriedError): unknown {
  if (!carried.isError) return carried.thrown;
  const error = carried.coded >= 0 ? codedError(carried) : plainError(carried);
  Object.defineProperty(error, 'stack', { value: carried.stack, writable: true, configurable: true });
  return error;
}

function codedError({ coded, message, cause, own }: CarriedErrorObject): Error {
  const { code, hint, data } = own;
  return new codedClasses[coded]!(code as never, message, { hint, data, cause: cause && unpackError(cause) });
}

function plainError({ name, message, cause, own }: CarriedErrorObject): Error {
  const Class = plainClasses.find((known) => known.name === name) ?? Error;
  const error = new Class(message, cause && { cause: unpackError(cause) });
  return Object.assign(error, own);
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'function' && typeof value !== 'symbol';
}
