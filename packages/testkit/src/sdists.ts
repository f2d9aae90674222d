// Sdists made by code: a tar writer that can put anything into a header, gzipped. Good ones in one line.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

export interface TarMember {
  readonly name: string;
  readonly data?: string | Uint8Array | undefined;
  readonly mode?: number | undefined;
  /** The type flag: '0' file (default), '1' hard link, '2' symbolic link, '3' device, '5' directory, '6' pipe. */
  readonly type?: string | undefined;
  readonly linkName?: string | undefined;
  /** Seconds since 1970. */
  readonly mtime?: number | undefined;
}

export interface SdistOptions {
  readonly name: string;
  readonly version?: string | undefined;
  /** Relative to the top directory. PKG-INFO is added unless it is given here; null leaves it out. */
  readonly files?: Readonly<Record<string, string | Uint8Array>> | undefined;
  readonly pkgInfo?: string | null | undefined;
  readonly topDir?: string | undefined;
  readonly extraMembers?: readonly TarMember[] | undefined;
  readonly filename?: string | undefined;
}

/** A gzipped sdist in `dir`; gives its path. */
export function writeSdist(dir: string, options: SdistOptions): string {
  const { name, version = '1.0' } = options;
  const stem = `${name.replace(/[-_.]+/g, '_').toLowerCase()}-${version}`;
  const top = options.topDir ?? stem;
  const info =
    options.pkgInfo === undefined ? `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n` : options.pkgInfo;
  const files: Record<string, string | Uint8Array> = {
    ...(info === null ? {} : { 'PKG-INFO': info }),
    ...options.files,
  };
  const members: TarMember[] = Object.entries(files).map(([file, data]) => ({ name: `${top}/${file}`, data }));
  const sdistPath = path.join(dir, options.filename ?? `${stem}.tar.gz`);
  writeFileSync(sdistPath, gzipSync(buildTar([...members, ...(options.extraMembers ?? [])])));
  return sdistPath;
}

/** The bytes of a tar archive, with the two blocks that end it. */
export function buildTar(members: readonly TarMember[]): Buffer {
  const blocks = members.flatMap((member) => {
    const data = Buffer.from(member.data ?? '');
    return [header(member, data.length), data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function header(member: TarMember, size: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at);
  block.write(member.name, 0, 100);
  octal(member.mode ?? 0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(member.mtime ?? 1_577_836_800, 136, 12);
  block.fill(' ', 148, 156);
  block.write(member.type ?? '0', 156);
  block.write(member.linkName ?? '', 157, 100);
  block.write('ustar\0' + '00', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
