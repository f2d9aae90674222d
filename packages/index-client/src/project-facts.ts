// What a page says of its project as a whole: the API version (PEP 629), the project's status (PEP 792), and where else
// its files may come from (PEP 708). Values of another kind than the specification has count as absent.
import { IndexError } from './errors.ts';
import type { ProjectStatus } from './types.ts';

/** Plain data, as it is kept between runs. */
export interface ProjectFacts {
  /** The page's API version where it is newer than what this client knows. */
  readonly newerApi?: string | undefined;
  readonly status?: ProjectStatus | undefined;
  /** URLs of the project's pages in other repositories from which its files may be mixed with these (PEP 708). */
  readonly sameProject?: readonly string[] | undefined;
}

const newestMinor = 4;
const statuses = new Set(['archived', 'quarantined', 'deprecated']);

/** Throws INDEX_BAD_PAGE for another major version: it may change what a page means. */
export function checkApiVersion(version: unknown, pageUrl: string): void {
  const major = Number.parseInt(String(version ?? '1.0'), 10);
  if (Number.isNaN(major) || major <= 1) return;
  throw new IndexError(
    'INDEX_BAD_PAGE',
    `${pageUrl} is a page of API version ${String(version)}; this client knows version 1.`,
    {
      hint: 'Use a newer release of this tool, or another index.',
      data: { url: pageUrl, version: String(version) },
    },
  );
}

/** The facts that raw values of a page state. */
export function projectFacts(raw: {
  readonly apiVersion: unknown;
  readonly status: unknown;
  readonly statusReason: unknown;
  readonly tracks: unknown;
  readonly alternateLocations: unknown;
}): ProjectFacts {
  const minor = typeof raw.apiVersion === 'string' ? /^1\.(\d+)$/.exec(raw.apiVersion)?.[1] : undefined;
  const sameProject = [...texts(raw.tracks), ...texts(raw.alternateLocations)];
  return {
    ...(Number(minor ?? 0) > newestMinor ? { newerApi: raw.apiVersion as string } : {}),
    ...(typeof raw.status === 'string' && statuses.has(raw.status)
      ? {
          status: {
            status: raw.status as ProjectStatus['status'],
            reason: typeof raw.statusReason === 'string' ? raw.statusReason : '',
          },
        }
      : {}),
    ...(sameProject.length > 0 ? { sameProject } : {}),
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}
