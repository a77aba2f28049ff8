/** IDX, the file format of MNIST: two zero bytes, a type, the number of axes, their sizes (big-endian), the values. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { DataError } from "../errors.js";

export interface Idx {
  /** Sizes of the axes, outermost first. */
  readonly shape: readonly number[];
  readonly values: Uint8Array;
}

const UNSIGNED_BYTE = 0x08;
/** More than any image set that fits in memory; a header that claims more is wrong. */
const LARGEST = 2 ** 31;

const AGAIN = "Delete it, so that it is fetched again.";

/** Decodes an IDX file of unsigned bytes. The values are a view, not a copy. `name` is for errors. */
export function decodeIdx(bytes: Uint8Array, name: string): Idx {
  const fail = (reason: string): never => {
    throw new DataError(`${name} is not a whole IDX file: ${reason}`, AGAIN);
  };
  if (bytes.length < 4 || bytes[0] !== 0 || bytes[1] !== 0) fail(`it does not start with two zero bytes (it has ${bytes.length} bytes)`);
  if (bytes[2] !== UNSIGNED_BYTE) fail(`its values are of type 0x${bytes[2].toString(16)}, not unsigned bytes (0x08)`);
  const axes = bytes[3];
  const start = 4 + 4 * axes;
  if (axes < 1 || bytes.length < start) fail(`its header of ${axes} axes is cut off`);
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, i) => header.getUint32(4 + 4 * i));
  const size = shape.reduce((a, b) => a * b, 1);
  if (size > LARGEST) fail(`its header claims ${shape.join(" x ")} values, more than the ${LARGEST} allowed`);
  if (bytes.length - start !== size) fail(`its header says ${shape.join(" x ")} = ${size} values, but ${bytes.length - start} follow`);
  return { shape, values: bytes.subarray(start) };
}

const inflate = promisify(gunzip);

/** Unpacks gzip, never to more than `limit` bytes, however small the file. */
export async function decompress(bytes: Uint8Array, name: string, limit: number): Promise<Uint8Array> {
  try {
    return await inflate(bytes, { maxOutputLength: limit });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ERR_BUFFER_TOO_LARGE") throw new DataError(`${name} unpacks to more than the ${limit} bytes expected`, AGAIN);
    throw new DataError(`${name} is not a whole gzip file: ${error instanceof Error ? error.message : String(error)}`, AGAIN, { cause: error });
  }
}
