// Publishes the artifacts that several Pythons made of one source: compares all of them first, then moves them into the
// output directory. Within one run a file of an output directory has one content, whichever build made it.
import path from 'node:path';
import type { BuildResult } from '@wheelwright/pep517';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** The artifacts that one Python made of a source. */
export interface BuiltMember {
  readonly results: readonly BuildResult[];
  /** The Python, as the caller named it. */
  readonly python: string | undefined;
}

/** The source whose artifacts are published. */
export interface Family {
  readonly sourceDir: string;
  /** Absolute. */
  readonly outDir: string;
  readonly ignoredByGit?: boolean | undefined;
}

/** Publishes the artifacts of one run. */
export interface Publisher {
  /**
   * Publishes the artifacts of all members and returns how each ended, with the paths and hashes of the published files. If
   * two members made a file of one name with different content, nothing is published.
   */
  publish(
    members: readonly PromiseSettledResult<BuiltMember>[],
    family: Family,
    onPublished: (member: number, result: BuildResult) => void,
  ): Promise<PromiseSettledResult<readonly BuildResult[]>[]>;
}

interface Published {
  readonly result: BuildResult;
  readonly sourceDir: string;
}

/** Makes the publisher of one run. It remembers what it has published. */
export function createPublisher(): Publisher {
  const published = new Map<string, Published>();
  return {
    async publish(members, family, onPublished) {
      const chosen = new Map<string, { readonly result: BuildResult; readonly python: string | undefined }>();
      let fault: WheelwrightError | undefined;
      for (const { results, python } of members.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))) {
        for (const result of results) {
          const first = chosen.get(result.filename);
          const other = first ?? published.get(path.join(family.outDir, result.filename));
          if (other === undefined) chosen.set(result.filename, { result, python });
          else if (!(await isSame(other.result, result))) fault ??= differs(family, result, other, python);
          else if (first === undefined) chosen.set(result.filename, { result: other.result, python });
        }
      }
      if (fault !== undefined) {
        const reason = fault;
        return members.map((each) => (each.status === 'rejected' ? each : { status: 'rejected', reason }));
      }
      const { publishArtifact } = await import('@wheelwright/pep517');
      const settled: PromiseSettledResult<readonly BuildResult[]>[] = [];
      for (const [at, member] of members.entries()) {
        if (member.status === 'rejected') {
          settled.push(member);
          continue;
        }
        const results = member.value.results.map((result) => {
          const place = path.join(family.outDir, result.filename);
          const there = published.get(place);
          if (there !== undefined) return there.result;
          const own = chosen.get(result.filename)!.result;
          const given = {
            ...own,
            path: publishArtifact(own.path, family.outDir, { ignoredByGit: family.ignoredByGit }),
          };
          published.set(place, { result: given, sourceDir: family.sourceDir });
          onPublished(at, given);
          return given;
        });
        settled.push({ status: 'fulfilled', value: results });
      }
      return settled;
    },
  };
}

/** Whether two artifacts are equal: byte for byte, or for wheels by the files that they install. */
async function isSame(a: BuildResult, b: BuildResult): Promise<boolean> {
  if (a.sha256 === b.sha256) return true;
  if (!a.filename.endsWith('.whl')) return false;
  const { sameWheels } = await import('@wheelwright/pep517');
  return await sameWheels(a.path, b.path);
}

function differs(
  { sourceDir }: Family,
  { filename }: BuildResult,
  other: { readonly python?: string | undefined; readonly sourceDir?: string },
  python: string | undefined,
): WheelwrightError {
  const builders =
    other.sourceDir === undefined
      ? `Python ${other.python ?? 'by default'} and Python ${python ?? 'by default'} make different files of that name`
      : `${other.sourceDir} and ${sourceDir} make different files of that name`;
  return new WheelwrightError('WHEELWRIGHT_BUILDS_DIFFER', `${filename} was not published: ${builders}.`, {
    hint: 'Give each build its own output directory, or correct the tags of wheels that depend on the Python version.',
    data: { filename, source: sourceDir },
  });
}
