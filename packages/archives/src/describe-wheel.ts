// Describes a wheel without unpacking it.
import type { Metadata } from '@wheelwright/packaging';
import { openWheel, type WheelDescription } from './open-wheel.ts';

/** What {@link describeWheel} needs beside the wheel. */
export interface DescribeWheelOptions {
  /** The file name of the wheel, where the path has another one or the wheel is in memory. */
  readonly filename?: string | undefined;
}

/**
 * Describes a wheel, given by its path or its bytes, and checks every rule that needs no content; only dist-info is
 * inflated. Throws WHEEL_… for the first rule that is broken.
 */
export async function describeWheel(
  wheel: string | Uint8Array,
  options: DescribeWheelOptions = {},
): Promise<WheelDescription> {
  const { source, description } = openWheel(wheel, options);
  source.close();
  return description;
}

/** Reads the METADATA of a wheel. Throws what {@link describeWheel} throws. */
export async function readWheelMetadata(
  wheel: string | Uint8Array,
  options: DescribeWheelOptions = {},
): Promise<Metadata> {
  return (await describeWheel(wheel, options)).metadata;
}
