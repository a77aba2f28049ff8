/** The archive format of npm's packages, USTAR (POSIX.1-1988): blocks of 512 bytes, a header and the content of one file after the other. */
import { DataError } from "../errors.js";

const BLOCK = 512;

/** The plain files of an archive by their paths; views, not copies. A DataError when it is cut off. `name` is for errors. */
export function tarFiles(bytes: Uint8Array, name: string): ReadonlyMap<string, Uint8Array> {
  const text = new TextDecoder();
  const files = new Map<string, Uint8Array>();
  let start = 0;
  const field = (from: number, length: number): string => text.decode(bytes.subarray(start + from, start + from + length)).split("\0")[0];
  // Two blocks of zeros are the end.
  while (start + BLOCK <= bytes.length && bytes[start] !== 0) {
    const [path, size, type, prefix] = [field(0, 100), parseInt(field(124, 12), 8), field(156, 1), field(345, 155)];
    const content = start + BLOCK;
    if (!(size >= 0 && content + size <= bytes.length)) throw new DataError(`${name} is no whole archive: ${path} is cut off`, "Delete it, so that it is fetched again.");
    if (type === "" || type === "0") files.set(prefix ? `${prefix}/${path}` : path, bytes.subarray(content, content + size));
    start = content + BLOCK * Math.ceil(size / BLOCK);
  }
  return files;
}
