// An entry of a zip archive that was found to be in order.

/** An entry whose descriptions in the central directory and beside its data agree. */
export interface ZipFileEntry {
  /** Safe, relative, '/' between components, no slash at the end. */
  readonly path: string;
  readonly directory: boolean;
  readonly executable: boolean;
  /** In bytes, unpacked. */
  readonly size: number;
  /** In bytes, in the archive. */
  readonly compressedSize: number;
  /** CRC-32 of the content. */
  readonly crc: number;
  /** False: the content is in the archive as it is. */
  readonly deflated: boolean;
  /** The offset of its data in the archive. */
  readonly dataOffset: number;
}
