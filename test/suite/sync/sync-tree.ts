import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SeededRandom } from "@capstan/testkit";

const filesAFolder = 100;

/**
 * Writes a tree of so many files and bytes: half of them text, half noise that does not compress, of sizes between a
 * fifth and nearly twice the mean. The same seed writes the same tree.
 */
export async function plantTree(
  root: string,
  { files, bytes, seed }: { readonly files: number; readonly bytes: number; readonly seed: number },
): Promise<void> {
  const random = new SeededRandom(seed);
  const noise = Buffer.from(random.bytes(4_000_000));
  const mean = bytes / files;
  for (let n = 0; n < files; n += 1) {
    const folder = join(root, `part-${Math.floor(n / filesAFolder / 10)}`, `folder-${Math.floor(n / filesAFolder)}`);
    if (n % filesAFolder === 0) await mkdir(folder, { recursive: true });
    const size = Math.floor((mean * random.int(20, 180)) / 100);
    const from = random.int(0, noise.byteLength - size);
    const part = noise.subarray(from, from + size);
    // The number makes every file another one.
    const content = n % 2 === 0 ? part : Buffer.from(part.toString("hex").slice(0, size));
    await writeFile(join(folder, `file-${n}`), Buffer.concat([Buffer.from(`${n}\n`), content]));
  }
}
