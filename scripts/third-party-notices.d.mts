/** By the name of the package's directory: the dependencies that its build contains. */
export declare const bundledDependencies: Readonly<Record<string, readonly string[]>>;
/** The notices of every third party among the bundled files, after `sentence`. */
export declare function thirdPartyNotices(sentence: string, files: readonly string[]): string;
