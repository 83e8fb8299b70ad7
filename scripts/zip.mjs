import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';

/**
 * Unpacks the members of a zip archive that `pick(name)` gives a place, a path below `folder`; others are left out, as are
 * empty ones and folders. Streams, so that an archive larger than memory is fine. Reads plain zip (no Zip64, no encryption), as wheels are.
 * @param onProgress called with (bytes written, bytes in all)
 * @returns {Promise<string[]>} the paths written
 */
export async function unzip(archive, folder, pick, onProgress = () => {}) {
  const file = await open(archive);
  try {
    const members = (await directory(file)).flatMap((member) => {
      const place = pick(member.name);
      return place && member.packed > 0 ? [{ ...member, path: join(folder, place) }] : [];
    });
    const total = members.reduce((sum, member) => sum + member.size, 0);
    let done = 0;
    for (const member of members) {
      await mkdir(dirname(member.path), { recursive: true });
      const count = new Transform({
        transform(chunk, _encoding, next) {
          done += chunk.length;
          onProgress(done, total);
          next(null, chunk);
        },
      });
      const stages = [createReadStream(archive, await packedRange(file, member)), ...(member.method === 8 ? [createInflateRaw()] : []), count];
      await pipeline(...stages, createWriteStream(member.path, { mode: member.executable ? 0o755 : 0o644 }));
    }
    return members.map((member) => member.path);
  } finally {
    await file.close();
  }
}

/** The central directory: what is in the archive, and where. (APPNOTE.TXT 4.3.12 and 4.3.16) */
async function directory(file) {
  const { size } = await file.stat();
  const tail = await bytes(file, Math.max(0, size - 65_557), Math.min(size, 65_557));
  const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Error('not a zip archive, or not all of it');
  const [entries, length, start] = [tail.readUInt16LE(end + 10), tail.readUInt32LE(end + 12), tail.readUInt32LE(end + 16)];
  if (start === 0xffffffff) throw new Error('a Zip64 archive, which this reader does not read');
  const table = await bytes(file, start, length);
  const members = [];
  for (let at = 0; members.length < entries; ) {
    const nameLength = table.readUInt16LE(at + 28);
    members.push({
      name: table.toString('utf8', at + 46, at + 46 + nameLength),
      method: table.readUInt16LE(at + 10),
      packed: table.readUInt32LE(at + 20),
      size: table.readUInt32LE(at + 24),
      executable: ((table.readUInt32LE(at + 38) >>> 16) & 0o100) !== 0,
      header: table.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + table.readUInt16LE(at + 30) + table.readUInt16LE(at + 32);
  }
  return members;
}

/** Where one member's packed bytes lie. Its local header may be longer than its directory entry says. */
async function packedRange(file, { header, packed, method, name }) {
  if (method !== 0 && method !== 8) throw new Error(`${name}: zip method ${method} is not known here`);
  const local = await bytes(file, header, 30);
  const start = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  return { start, end: start + packed - 1, highWaterMark: 1 << 20 };
}

async function bytes(file, position, length) {
  const { buffer } = await file.read(Buffer.alloc(length), 0, length, position);
  return buffer;
}
