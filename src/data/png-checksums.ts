/** The checksums of PNG files: the decoder passes over them, and so over flipped bits that still are some picture. */

const POLYNOMIAL = 0xedb88320;
const table = Uint32Array.from({ length: 256 }, (_, byte) => Array.from({ length: 8 }).reduce<number>((c) => (c & 1 ? POLYNOMIAL ^ (c >>> 1) : c >>> 1), byte));

/** CRC-32 of ISO 3309. */
function crc(bytes: Uint8Array): number {
  let c = 0xffffffff;
  for (const byte of bytes) c = table[(c ^ byte) & 255] ^ (c >>> 8);
  return ~c >>> 0;
}

const [SIGNATURE, LENGTH, NAME, CHECKSUM] = [8, 4, 4, 4];

/** Whether every whole chunk has the checksum that it says (PNG specification, section 5.3). */
export function hasTrueChecksums(png: Uint8Array): boolean {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  let at = SIGNATURE;
  while (at + LENGTH + NAME + CHECKSUM <= png.length) {
    const end = at + LENGTH + NAME + view.getUint32(at);
    if (end + CHECKSUM > png.length) return true;
    if (crc(png.subarray(at + LENGTH, end)) !== view.getUint32(end)) return false;
    at = end + CHECKSUM;
  }
  return true;
}
