// What is in a wheel, without unpacking it.
import type { Metadata } from '@wheelwright/packaging';
import { openWheel, type WheelDescription } from './open-wheel.ts';

export interface DescribeWheelOptions {
  /** Where the file on disk is called otherwise, or where the wheel is in memory. */
  readonly filename?: string | undefined;
}

/**
 * Opens a wheel, checks every rule that needs no content, and tells what it holds; only dist-info is inflated.
 * Throws WHEEL_… for the first rule that is broken.
 */
export async function describeWheel(
  wheel: string | Uint8Array,
  options: DescribeWheelOptions = {},
): Promise<WheelDescription> {
  const { source, description } = openWheel(wheel, options);
  source.close();
  return description;
}

/** The METADATA of a wheel, which has to be in order for it. */
export async function readWheelMetadata(
  wheel: string | Uint8Array,
  options: DescribeWheelOptions = {},
): Promise<Metadata> {
  return (await describeWheel(wheel, options)).metadata;
}
