export { ArchivesError, type ArchivesErrorCode } from './archives-error.ts';
export { compareWheels, type WheelDifference } from './compare-wheels.ts';
export { type DescribeWheelOptions, describeWheel, readWheelMetadata } from './describe-wheel.ts';
export { directorySink, type SinkFs } from './directory-sink.ts';
export { hashFile } from './hash-file.ts';
export type { WheelDescription, WheelFileEntry } from './open-wheel.ts';
export type { LargeFile, TreeSink } from './tree-sink.ts';
export { type UnpackedSdist, unpackSdist } from './unpack-sdist.ts';
export { type UnpackWheelOptions, unpackWheel } from './unpack-wheel.ts';
