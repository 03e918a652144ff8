/** What no file name of a bundle has: separators of other systems, wildcards, control characters. */
const unportable = /[\\:*?"<>|\p{Cc}]/u;
/** What is a device on some system, with whatever extension. */
const deviceName = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;
const partBytesMax = 255;
const pathCharactersMax = 1_024;

/**
 * What is wrong with the path of a file in a bundle; undefined when it stays in its folder and can be written, under its
 * own name, on every system. Engine and worker go by the same rule, so that whatever is deployed can be unpacked.
 */
export function bundlePathFault(path: string): string | undefined {
  if (path.length > pathCharactersMax) return `it is longer than ${pathCharactersMax} characters`;
  if (path.startsWith("/")) return "it begins with a slash";
  if (unportable.test(path)) return "it has a backslash, a colon, a wildcard, a quote or a control character";
  if (/\p{Surrogate}/u.test(path) || path.normalize("NFC") !== path) return "it is not in normal form (NFC)";
  for (const part of path.split("/")) {
    const fault = partFault(part);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function partFault(part: string): string | undefined {
  if (part === "") return "it has an empty part";
  if (part === "." || part === "..") return `it has the part "${part}"`;
  if (part.endsWith(" ") || part.endsWith(".")) return `the part "${part}" ends in a space or a dot`;
  if (deviceName.test(part)) return `the part "${part}" is a device on some systems`;
  return utf8Bytes(part) > partBytesMax ? `a part is longer than ${partBytesMax} bytes` : undefined;
}

function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
  }
  return bytes;
}
