// The outcomes of a hook, as the runner reports them. Only `result` is a success. The caller decides about the others: a
// missing hook is an error for some callers and expected by others.

/** The hooks of PEP 517 and PEP 660. */
export type HookName =
  | 'get_requires_for_build_wheel'
  | 'get_requires_for_build_sdist'
  | 'get_requires_for_build_editable'
  | 'prepare_metadata_for_build_wheel'
  | 'prepare_metadata_for_build_editable'
  | 'build_wheel'
  | 'build_sdist'
  | 'build_editable';

/** How a hook ended. */
export type HookOutcome =
  | { readonly outcome: 'result'; readonly value?: unknown }
  /** The backend has no such hook. */
  | { readonly outcome: 'missing' }
  /** The backend's own UnsupportedOperation. */
  | { readonly outcome: 'unsupported'; readonly error: string; readonly traceback: string }
  /** The backend, or the object in it, cannot be imported. */
  | { readonly outcome: 'unavailable'; readonly error: string; readonly traceback: string }
  | { readonly outcome: 'raised'; readonly error: string; readonly traceback: string }
  /** The process ended without a result: by `sys.exit`, by a signal, in native code. */
  | {
      readonly outcome: 'exited';
      readonly status?: number | undefined;
      readonly signal?: number | undefined;
      /** It ended by `sys.exit` of Python, with this text where one was given. */
      readonly called?: 'sys.exit' | undefined;
      readonly error?: string | undefined;
    };
