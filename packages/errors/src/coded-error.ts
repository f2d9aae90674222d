// The one shape of a failure that a caller is expected to handle. Every package derives its own class from it, with a
// closed union of codes; a broken invariant is not one of these but a plain `Error('bug: …')`.

/** What a {@link CodedError} carries beside its code and message. */
export interface CodedErrorOptions {
  /** What to do about it, as one sentence. */
  readonly hint?: string | undefined;
  /** The original failure, always kept. */
  readonly cause?: unknown;
  /** What a caller needs to act on, as values: paths, owners, expected and found. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

/** A failure with a stable code. The message says what failed and on which path, in one sentence. */
export class CodedError<Code extends string = string> extends Error {
  /** The stable code: of a package's closed union, public, never renamed. */
  readonly code: Code;
  /** What to do about the failure, as one sentence or two; undefined where there is nothing to advise. */
  readonly hint: string | undefined;
  /** What a caller needs to act, as values; empty where the message says all. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(code: Code, message: string, options: CodedErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.data = options.data ?? {};
  }
}

/** Whether `error` is a {@link CodedError}, and one of `codes` where any are given. Works across copies of this package. */
export function isCodedError<Code extends string>(
  error: unknown,
  ...codes: readonly Code[]
): error is CodedError<Code> {
  if (!(error instanceof Error) || !('code' in error) || !('data' in error) || !('hint' in error)) return false;
  return codes.length === 0 || codes.includes(error.code as Code);
}
